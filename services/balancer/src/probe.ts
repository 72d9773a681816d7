import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { formatAddress } from "./address.ts";
import type { CheckTarget } from "./backend.ts";

export interface Verdict {
  readonly pass: boolean;
  readonly cause: string;
}

/** Asks a node for its health: any 2xx within `timeoutMs` passes. Never rejects: a failure is a verdict. */
export async function probe({ address, path }: CheckTarget, timeoutMs: number): Promise<Verdict> {
  const asking = request({
    host: address.host,
    port: address.port,
    path,
    agent: false,
    headers: { Host: formatAddress(address), Connection: "close" },
    signal: AbortSignal.timeout(timeoutMs),
  });
  asking.end();
  try {
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    const status = answer.statusCode ?? 0;
    return { pass: status >= 200 && status < 300, cause: `health check answered ${status}` };
  } catch (error) {
    return { pass: false, cause: `health check failed: ${reasonOf(error)}` };
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
