/** What the load process can be told to do; one at a time. */
export type Task =
  /** Connect, upgrade, 101, end; so often, so many at once. */
  | ({ readonly kind: "opens"; readonly count: number; readonly atOnce: number } & Door)
  /** Opens connections and leaves them idle until told to let go. */
  | ({ readonly kind: "hold"; readonly count: number } & Door)
  /** So many echoes of 32 bytes in all over the held tunnels, each tunnel with so many under way. */
  | { readonly kind: "echoes"; readonly underWay: number; readonly total: number }
  | { readonly kind: "release" };

/** A balancer's port. With `negotiate` it is asked for a node's address, which is then connected to. */
export interface Door {
  readonly port: number;
  readonly negotiate?: boolean;
}

export interface TaskResult {
  /** Of the round trips of an echo; 0 for other tasks. */
  readonly p50Us: number;
}
