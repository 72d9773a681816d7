import type { z } from "zod";
import { Answer, type RefusalAnswer } from "./answer.ts";
import type { ProxySettings } from "./settings.ts";
import { Slots } from "./slots.ts";

/** What came of a request to the shop's backend. */
export type Outcome = "result" | "error" | "disconnect" | "late" | "full" | "unreachable" | "status" | "unreadable";

export interface AskingOptions {
  readonly settings: ProxySettings;
  /** A clock that never steps back, ms. */
  readonly now: () => number;
  readonly observe: (outcome: Outcome, seconds: number, cause?: unknown) => void;
}

export type Asked<Result> = { readonly result: Result } | RefusalAnswer | "failed";

/** Asks one address of the shop's backend: `POST`, JSON, within its bounds. */
export class Asking {
  readonly #options: AskingOptions;
  readonly #slots: Slots;

  constructor(options: AskingOptions) {
    this.#options = options;
    this.#slots = new Slots(options.settings);
  }

  get inFlight(): number {
    return this.#slots.taken;
  }

  get waiting(): number {
    return this.#slots.waiting;
  }

  /** Never rejects: what is no readable answer in time is `failed`. */
  async ask<Schema extends z.ZodType>(
    body: object,
    schema: Schema,
    headers: Readonly<Record<string, string>>,
  ): Promise<Asked<z.infer<Schema>>> {
    const { settings, now, observe } = this.#options;
    const startedAt = now();
    const until = AbortSignal.timeout(settings.timeoutMs);
    const seen = (outcome: Outcome, cause?: unknown) => observe(outcome, (now() - startedAt) / 1_000, cause);
    const release = await this.#slots.take(until);
    if (typeof release === "string") {
      seen(release);
      return "failed";
    }
    try {
      const answer = await post(settings, { body: JSON.stringify(body), headers, until });
      const read = readAnswer(answer, schema);
      seen(read.outcome, read.cause);
      return read.asked;
    } catch (error) {
      if (error instanceof UnusableAnswer) seen(error.outcome, error);
      else seen(until.aborted ? "late" : "unreachable", error);
      return "failed";
    } finally {
      release();
    }
  }
}

class UnusableAnswer extends Error {
  readonly outcome: Outcome;

  constructor(outcome: "status" | "unreadable", message: string) {
    super(message);
    this.outcome = outcome;
  }
}

async function post(
  { url, staticHeaders, answerBytes }: ProxySettings,
  request: { readonly body: string; readonly headers: Readonly<Record<string, string>>; readonly until: AbortSignal },
): Promise<string> {
  const answer = await fetch(url, {
    method: "POST",
    redirect: "error",
    signal: request.until,
    headers: { ...request.headers, ...staticHeaders, accept: "application/json", "content-type": "application/json" },
    body: request.body,
  });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > answerBytes) throw new UnusableAnswer("unreadable", `answer is larger than ${answerBytes} bytes`);
    chunks.push(chunk);
  }
  if (answer.status !== 200) throw new UnusableAnswer("status", `backend answered ${answer.status}`);
  return Buffer.concat(chunks).toString("utf8");
}

function readAnswer<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): { readonly outcome: Outcome; readonly asked: Asked<z.infer<Schema>>; readonly cause?: unknown } {
  const answer = Answer.safeParse(parse(text));
  if (!answer.success) return { outcome: "unreadable", asked: "failed", cause: answer.error };
  const { error, disconnect, result } = answer.data;
  if (disconnect) return { outcome: "disconnect", asked: { disconnect } };
  if (error) return { outcome: "error", asked: { error } };
  const read = schema.safeParse(result ?? {});
  if (!read.success) return { outcome: "unreadable", asked: "failed", cause: read.error };
  return { outcome: "result", asked: { result: read.data } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: as unreadable as a wrong shape.
    return undefined;
  }
}
