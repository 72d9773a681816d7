export const CASES = ["broadcast", "order", "connect", "memory"] as const;
export type Case = (typeof CASES)[number];

/** How much is measured. Every case runs one more round than `rounds`, whose figures are thrown away: the code warms up. */
export interface Effort {
  readonly rounds: number;
  readonly broadcast: {
    readonly subscribers: readonly number[];
    /** Deliveries in a round, whatever the number of subscribers. */
    readonly pacedDeliveries: number;
    readonly burstDeliveries: number;
    /** Messages published at once in a saturated round. */
    readonly burst: number;
  };
  readonly order: {
    readonly nodes: number;
    readonly customers: number;
    readonly events: number;
    /** Events that wait for their confirm at a time. */
    readonly window: number;
    readonly rates: readonly number[];
    readonly rateSeconds: number;
  };
  readonly connect: { readonly clients: number; readonly parallel: number };
  readonly memory: { readonly few: number; readonly many: number };
}

export const FULL: Effort = {
  rounds: 5,
  broadcast: { subscribers: [1_000, 5_000], pacedDeliveries: 60_000, burstDeliveries: 128_000, burst: 32 },
  order: { nodes: 2, customers: 1_000, events: 10_000, window: 1_024, rates: [500, 2_000], rateSeconds: 4 },
  connect: { clients: 2_000, parallel: 32 },
  memory: { few: 1_000, many: 5_000 },
};

/** About a minute: enough to see whether something broke, too little to argue about tenths. */
export const QUICK: Effort = {
  rounds: 2,
  broadcast: { subscribers: [1_000], pacedDeliveries: 30_000, burstDeliveries: 64_000, burst: 32 },
  order: { nodes: 2, customers: 200, events: 4_000, window: 1_024, rates: [500], rateSeconds: 2 },
  connect: { clients: 500, parallel: 32 },
  memory: { few: 200, many: 1_200 },
};

/** The most sockets that one process of a run holds. */
export function socketsOf({ broadcast, connect, memory, order }: Effort): number {
  return Math.max(...broadcast.subscribers, connect.clients, memory.many, order.customers);
}
