import type { TicketSigner } from "@bellwire/auth";
import type { AnswerCause } from "../heads/answers.ts";
import type { Backend } from "../pool/backend.ts";
import type { Pool } from "../pool/pool.ts";
import type { Reservations } from "./reservations.ts";

/** Where a client is to open its WebSocket. Without a ticket it is the balancer itself. */
export interface Offer {
  readonly url: string;
  readonly ticket?: string;
  /** From now on. */
  readonly expiresInMs: number;
}

export type Negotiated =
  | { readonly ok: true; readonly offer: Offer; readonly node: string }
  | { readonly ok: false; readonly cause: AnswerCause };

const UNTRIED: ReadonlySet<Backend> = new Set();

/** Chooses a node as for a tunnel, and promises the client a place on it. */
export class Negotiator {
  readonly #parts: {
    readonly pool: Pool;
    readonly reservations: Reservations;
    /** Absent: nobody is sent to a node. */
    readonly sign: TicketSigner | undefined;
    readonly ticketMs: number;
  };

  constructor(parts: {
    readonly pool: Pool;
    readonly reservations: Reservations;
    readonly sign: TicketSigner | undefined;
    readonly ticketMs: number;
  }) {
    this.#parts = parts;
  }

  /** `ownUrl` is the balancer's, for nodes that clients cannot reach themselves. */
  negotiate(client: { readonly group: string; readonly wanted: string | undefined }, ownUrl: string): Negotiated {
    const { pool, reservations, sign, ticketMs } = this.#parts;
    const lease = pool.lease(client.group, UNTRIED, client.wanted);
    if (lease === undefined) return { ok: false, cause: "no_node" };
    const { id: node, word } = lease.backend;
    if (sign === undefined || word?.publicUrl === undefined) {
      lease.release();
      return { ok: true, node, offer: { url: ownUrl, expiresInMs: ticketMs } };
    }
    const obstacle = reservations.obstacleTo(client.group);
    if (obstacle !== undefined) {
      lease.release();
      return { ok: false, cause: obstacle };
    }
    reservations.hold(lease, client.group);
    const ticket = sign({ node, ttlMs: ticketMs });
    const url = new URL(word.publicUrl);
    url.searchParams.set("ticket", ticket);
    return { ok: true, node, offer: { url: url.href, ticket, expiresInMs: ticketMs } };
  }
}
