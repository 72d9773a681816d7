import type { Log } from "@bellwire/runtime";
import { formatAddress } from "../pool/address.ts";
import type { Backend } from "../pool/backend.ts";
import type { Pool } from "../pool/pool.ts";

/** How long a node may take to answer the order, ms. */
const ORDER_MS = 2_000;
/** Clients per second that mean all of them now. */
const AT_ONCE = 1e9;

/** How many of a node's clients leave, and how fast. */
export interface ShedOrder {
  /** `Infinity` is all; 0 stops what is being shed. */
  readonly count: number;
  readonly perSecond: number;
  /** What the node tells them. */
  readonly close: "shutdown" | "forceReconnect";
}

/**
 * Sends clients of a node elsewhere: by the node itself, which alone can say goodbye; else by closing their tunnels from
 * our side at the same pace.
 */
export class Shedder {
  readonly #pool: Pool;
  readonly #apiKey: string | undefined;
  readonly #log: Log;

  constructor(options: { readonly pool: Pool; readonly apiKey: string | undefined; readonly log: Log }) {
    this.#pool = options.pool;
    this.#apiKey = options.apiKey;
    this.#log = options.log;
  }

  /** Resolves to who does it, once it has begun. Never rejects. */
  async shed(backend: Backend, order: ShedOrder): Promise<"node" | "balancer"> {
    const refusal = await this.#ask(backend, order);
    if (refusal === undefined) return "node";
    if (order.count > 0) this.#log.info({ node: backend.id, ...order, refusal }, "closing tunnels in the node's place");
    this.#pool.orders.cutTunnels(backend, order);
    return "balancer";
  }

  /** Closes all tunnels of a node now. */
  cut(backend: Backend): void {
    this.#pool.orders.cutTunnels(backend, { perSecond: AT_ONCE, count: Number.POSITIVE_INFINITY });
  }

  /** Why the node does not obey; undefined when it does. */
  async #ask(backend: Backend, { count, ...order }: ShedOrder): Promise<string | undefined> {
    if (backend.source === "static") return "a static node has no ops address";
    if (this.#apiKey === undefined) return "BELLWIRE_API_KEY is not set";
    try {
      const answer = await fetch(`http://${formatAddress(backend.checkTarget.address)}/shed`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": this.#apiKey },
        body: JSON.stringify({ count: Number.isFinite(count) ? count : "all", ...order }),
        signal: AbortSignal.timeout(ORDER_MS),
      });
      await answer.body?.cancel();
      return answer.ok ? undefined : `the node answered ${answer.status}`;
    } catch (error) {
      return `the node was not reached: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
