import type { ProducerConfig } from "./config.ts";

/** What became of a question to the producer: its JSON answer as it came, or why there is none. */
export type ProducerAnswer =
  | { readonly ok: true; readonly status: number; readonly body: Buffer }
  | { readonly ok: false; readonly status: 502 | 503 | 504; readonly error: string };

/** Asks the producer's HTTP API, within the limits of its configuration. */
export class Producer {
  readonly #config: ProducerConfig;
  #inFlight = 0;

  constructor(config: ProducerConfig) {
    this.#config = config;
  }

  /** GETs `path` (already encoded). Never rejects: what goes wrong is an answer of its own. */
  async get(path: string): Promise<ProducerAnswer> {
    if (this.#inFlight >= this.#config.maxInFlight)
      return { ok: false, status: 503, error: `more than ${this.#config.maxInFlight} requests wait for the producer` };
    this.#inFlight += 1;
    try {
      return await this.#ask(path);
    } catch (error) {
      return isTimeout(error)
        ? { ok: false, status: 504, error: `the producer did not answer within ${this.#config.timeoutMs} ms` }
        : { ok: false, status: 502, error: `the producer cannot be reached: ${reasonOf(error)}` };
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #ask(path: string): Promise<ProducerAnswer> {
    const response = await fetch(this.#config.url + path, {
      headers: { accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(this.#config.timeoutMs),
    });
    const body = await readBounded(response, this.#config.maxBodyBytes);
    if (body === undefined)
      return { ok: false, status: 502, error: `the producer's answer is over ${this.#config.maxBodyBytes} bytes` };
    if (!response.headers.get("content-type")?.includes("json"))
      return { ok: false, status: 502, error: `the producer answered ${response.status} without JSON` };
    return { ok: true, status: response.status, body };
  }
}

/** The body, or undefined if it is longer than `limit` bytes; then the rest is not read. */
async function readBounded(response: Response, limit: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === "TimeoutError";

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
