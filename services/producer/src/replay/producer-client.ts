import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { ReplayState } from "../store/replay-log.ts";
import type { ReplayBatch } from "./batch.ts";

/** The producer could not be reached for too long, or answered what it never should. */
export class ProducerError extends Error {
  override readonly name = "ProducerError";
}

/** What a producer answers to a batch; `elsewhere` says where to go on. */
export type Handed =
  | {
      readonly kind: "taken";
      readonly position: number;
      readonly refused: readonly { index: number; reason: string }[];
    }
  | { readonly kind: "elsewhere"; readonly position: number };

export interface ProducerClientOptions {
  readonly url: string;
  /** How long an unreachable producer is tried again, ms. */
  readonly patienceMs: number;
  /** Hears once of each time the producer stops answering. */
  readonly onTrouble: (reason: string) => void;
  /** A number in [0, 1). */
  readonly random: () => number;
}

const REQUEST_TIMEOUT_MS = 15_000;
const MAX_PAUSE_MS = 2_000;

const Taken = z.object({
  position: z.number(),
  refused: z.array(z.object({ index: z.number(), reason: z.string() })),
});
const Elsewhere = z.object({ position: z.number() });

/** Speaks with a running producer. Requests are repeated until they are answered: all of them may be. */
export class ProducerClient {
  readonly #options: ProducerClientOptions;
  #answered = false;

  constructor(options: ProducerClientOptions) {
    this.#options = options;
  }

  async progress(replayId: string): Promise<ReplayState | undefined> {
    const { status, body } = await this.#request(`/replay/${replayId}`);
    if (status === 404) return undefined;
    return ReplayState.parse(body);
  }

  async hand(batch: ReplayBatch): Promise<Handed> {
    const { status, body } = await this.#request("/replay/steps", batch);
    if (status === 409) return { kind: "elsewhere", ...Elsewhere.parse(body) };
    return { kind: "taken", ...Taken.parse(body) };
  }

  async #request(path: string, body?: ReplayBatch): Promise<{ readonly status: number; readonly body: unknown }> {
    const { patienceMs, onTrouble, random, url } = this.#options;
    const giveUpAt = performance.now() + (this.#answered ? patienceMs : Math.min(patienceMs, FIRST_PATIENCE_MS));
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.#try(path, body);
      if (answer.kind === "answered") {
        this.#answered = true;
        return answer;
      }
      if (attempt === 0 && this.#answered) onTrouble(answer.reason);
      if (answer.kind === "silent" && performance.now() > giveUpAt)
        throw new ProducerError(`no producer answers at ${url}: ${answer.reason}`);
      await pause(50 + random() * Math.min(MAX_PAUSE_MS, 100 * 2 ** Math.min(attempt, 10)));
    }
  }

  async #try(path: string, body: ReplayBatch | undefined): Promise<Answer> {
    let status: number;
    let text: string;
    try {
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      const response = await fetch(new URL(path, this.#options.url), { signal, ...(body === undefined ? {} : post) });
      status = response.status;
      text = await response.text();
    } catch (error) {
      return { kind: "silent", reason: reasonOf(error) };
    }
    if (status >= 500) return { kind: "busy", reason: text.slice(0, 200) };
    const isExpected =
      status === 200 || (status === 409 && body !== undefined) || (status === 404 && body === undefined);
    if (!isExpected) throw new ProducerError(`the producer answered ${status}: ${text.slice(0, 500)}`);
    return { kind: "answered", status, body: parsed(text) };
  }
}

/** A producer that never answered is not waited for as long as one that was there. */
const FIRST_PATIENCE_MS = 3_000;

type Answer =
  | { readonly kind: "answered"; readonly status: number; readonly body: unknown }
  | { readonly kind: "busy" | "silent"; readonly reason: string };

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProducerError(`this is no producer: ${text.slice(0, 100)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
