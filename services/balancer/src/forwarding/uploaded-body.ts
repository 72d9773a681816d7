import type { ClientRequest, IncomingMessage } from "node:http";

/** A client's request body on its way to a node: bounded, with back-pressure, started only once a node is connected. */
export class UploadedBody {
  readonly #incoming: IncomingMessage;
  readonly #maxBytes: number;
  readonly #onBytes: () => void;
  readonly #onTooLarge: () => void;
  #bytes = 0;

  constructor(
    incoming: IncomingMessage,
    options: { readonly maxBytes: number; readonly onBytes: () => void; readonly onTooLarge: () => void },
  ) {
    this.#incoming = incoming;
    this.#maxBytes = options.maxBytes;
    this.#onBytes = options.onBytes;
    this.#onTooLarge = options.onTooLarge;
  }

  pourInto(upstream: ClientRequest): void {
    this.#incoming.on("data", (chunk: Buffer) => {
      this.#bytes += chunk.length;
      this.#onBytes();
      if (this.#bytes > this.#maxBytes) return this.#onTooLarge();
      if (!upstream.destroyed && !upstream.write(chunk)) this.#incoming.pause();
    });
    upstream.on("drain", () => this.#incoming.resume());
    this.#incoming.on("end", () => upstream.end());
  }

  /** Reads and drops the rest, so that the answer is not lost to a reset. */
  forget(): void {
    this.#incoming.removeAllListeners("data");
    this.#incoming.resume();
  }
}
