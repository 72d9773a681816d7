import type { Bus, NodeId } from "@bellwire/hub";

/** Sends itself a message through the bus again and again: a node that does not hear itself is deaf. */
export class Probe {
  readonly #bus: Bus;
  readonly #node: NodeId;
  readonly #timer: NodeJS.Timeout;
  #nonce = 0;
  #heardAt = Number.NEGATIVE_INFINITY;
  lastError: string | undefined;

  constructor(bus: Bus, node: NodeId, intervalMs: number) {
    this.#bus = bus;
    this.#node = node;
    this.#timer = setInterval(() => void this.send(), intervalMs);
  }

  /** How long ago the node last heard itself, ms; Infinity if never. */
  get ageMs(): number {
    return performance.now() - this.#heardAt;
  }

  async send(): Promise<void> {
    this.#nonce += 1;
    try {
      await this.#bus.send({ kind: "probe", node: this.#node, nonce: this.#nonce }, [this.#node]);
      this.lastError = undefined;
    } catch (error) {
      this.lastError = error instanceof Error ? error.message : String(error);
    }
  }

  heard(message: { readonly node: NodeId; readonly nonce: number }): void {
    if (message.node === this.#node && message.nonce <= this.#nonce) this.#heardAt = performance.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
