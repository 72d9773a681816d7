import type { Place } from "../../cluster/sdk-transports.ts";
import type { ClientRecord } from "../ledger/facts.ts";

/** A client of the crowd: who it is, where it connects, what it follows. */
export interface Member {
  readonly name: string;
  readonly user: string;
  /** The way in: `http://host:port`. */
  readonly place: Place;
  readonly transport: "websocket" | "http_stream" | "sse";
  readonly codec: "json" | "protobuf";
  readonly channels: readonly string[];
}

/** What the crowd's process is told. */
export type CrowdOrder =
  | { readonly kind: "open"; readonly members: readonly Member[]; readonly secret: string }
  | { readonly kind: "stall" | "vanish" | "herd"; readonly names: readonly string[]; readonly ms: number }
  | { readonly kind: "close" };

/** What it tells. */
export type CrowdNews =
  | { readonly kind: "records"; readonly records: readonly ClientRecord[] }
  | { readonly kind: "ended"; readonly client: string; readonly why: string };
