/** What the crowd can be told to do; one at a time. */
export type CrowdOrder =
  /** Opens tunnels until it holds so many, one of them for measuring, and beside them one connection straight to a node. */
  | { readonly kind: "fill"; readonly port: number; readonly nodePort: number; readonly tunnels: number }
  /** From now on closes and opens so many a second, and says something on each tunnel every `everyMs`. */
  | { readonly kind: "stir"; readonly opensPerSecond: number; readonly everyMs: number }
  /** Stops opening and closing; done once all tunnels are there again. */
  | { readonly kind: "rest" }
  | { readonly kind: "report" }
  /** Ends everything; done once nothing is open. */
  | { readonly kind: "leave" };

/** What the crowd has seen. */
export interface CrowdReport {
  readonly held: number;
  /** Tunnels opened since the start. */
  readonly opened: number;
  /** Why tunnels did not open; at most 20. */
  readonly failures: readonly string[];
  readonly failed: number;
  /** Tunnels that ended without our doing. */
  readonly lost: number;
  readonly messages: number;
  readonly echoes: number;
  /** Round trips since the start, ms. */
  readonly through: RoundTrips;
  readonly direct: RoundTrips;
}

export interface RoundTrips {
  readonly p50: number;
  readonly p99: number;
}
