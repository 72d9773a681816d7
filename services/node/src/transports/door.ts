import type { IncomingHttpHeaders } from "node:http";
import type { Hub } from "@bellwire/hub";
import type { TicketCheck } from "../admission/ticket-check.ts";
import type { OriginCheck } from "./origins.ts";

export interface DoorOptions {
  readonly hub: Pick<Hub, "connections">;
  readonly maxConnections: number;
  readonly isDraining: () => boolean;
  /** Says why a client with this ticket, or none, may not come in. */
  readonly ticketFault: TicketCheck;
  readonly isAllowed: OriginCheck;
}

/** Why a client is turned away before it has said a word of the protocol. */
export interface Refusal {
  readonly status: number;
  readonly why: string;
  readonly retryAfterSeconds?: number;
}

/** Decides, for every transport alike, whether a client may open a connection. */
export type Door = (url: URL, headers: IncomingHttpHeaders) => Refusal | undefined;

export const createDoor =
  ({ hub, maxConnections, isDraining, ticketFault, isAllowed }: DoorOptions): Door =>
  ({ searchParams }, { origin, host }) => {
    if (!isAllowed(origin, host)) return { status: 403, why: "pages of this origin may not connect" };
    if (isDraining()) return { status: 503, why: "this node is draining", retryAfterSeconds: 1 };
    if (hub.connections >= maxConnections) return { status: 503, why: "this node is full", retryAfterSeconds: 5 };
    const why = ticketFault(searchParams.get("ticket") ?? undefined);
    return why === undefined ? undefined : { status: 403, why };
  };
