import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { formatAddress } from "../pool/address.ts";
import type { CheckTarget } from "../pool/backend.ts";

export interface Verdict {
  readonly event: "pass" | "fail" | "silence";
  readonly cause: string;
}

/** Asks a node for its health: any 2xx within `timeoutMs` passes. Never rejects: a failure is a verdict. */
export async function probe({ address, path, name }: CheckTarget, timeoutMs: number): Promise<Verdict> {
  const asking = request({
    host: address.host,
    port: address.port,
    path,
    agent: false,
    headers: { Host: name ?? formatAddress(address), Connection: "close" },
    signal: AbortSignal.timeout(timeoutMs),
  });
  asking.end();
  try {
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    const status = answer.statusCode ?? 0;
    return { event: status >= 200 && status < 300 ? "pass" : "fail", cause: `health check answered ${status}` };
  } catch (error) {
    return { event: "silence", cause: `health check failed: ${reasonOf(error)}` };
  } finally {
    asking.on("error", () => undefined); // What happens to the connection after the verdict is of no interest.
    asking.destroy();
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError") return "no answer in time";
  return "code" in error ? String(error.code) : error.message;
}
