import type { Lease } from "../pool/lease.ts";

/** One place on a node, promised to a client that has yet to come. */
interface Reservation {
  readonly lease: Lease;
  readonly group: string;
  readonly until: number;
}

export interface ReservationLimits {
  readonly holdMs: number;
  /** In all. */
  readonly max: number;
  /** Of one client address. */
  readonly perGroup: number;
}

/** Places promised by `/negotiate`: counted on their nodes until the client is seen there or the promise expires. */
export class Reservations {
  readonly #limits: ReservationLimits;
  readonly #clock: () => number;
  /** By node, oldest first. */
  readonly #waiting = new Map<string, Reservation[]>();
  readonly #held = new Map<string, number>();
  #size = 0;

  constructor(options: { readonly limits: ReservationLimits; readonly clock: () => number }) {
    this.#limits = options.limits;
    this.#clock = options.clock;
  }

  get size(): number {
    return this.#size;
  }

  /** Why a client of this address may be promised nothing now. */
  obstacleTo(group: string): "full" | "address_full" | undefined {
    if (this.#size >= this.#limits.max) return "full";
    return (this.#held.get(group) ?? 0) >= this.#limits.perGroup ? "address_full" : undefined;
  }

  /** Takes the lease over. */
  hold(lease: Lease, group: string): void {
    const { id } = lease.backend;
    const reservation = { lease, group, until: this.#clock() + this.#limits.holdMs };
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) this.#waiting.set(id, [reservation]);
    else waiting.push(reservation);
    this.#size += 1;
    this.#held.set(group, (this.#held.get(group) ?? 0) + 1);
    lease.backend.reserved += 1;
  }

  /** So many clients were seen to come to a node: its oldest promises are kept. */
  came(node: string, count: number): void {
    for (const reservation of this.#waiting.get(node)?.splice(0, count) ?? []) this.#end(reservation);
  }

  /** Gives up all that is promised on a node. */
  forget(node: string): void {
    this.came(node, Number.POSITIVE_INFINITY);
    this.#waiting.delete(node);
  }

  /** Gives up what has expired. To be called about once a second. */
  expire(): void {
    const now = this.#clock();
    for (const [node, waiting] of this.#waiting) {
      const alive = waiting.findIndex(({ until }) => until > now);
      this.came(node, alive < 0 ? waiting.length : alive);
      if (waiting.length === 0) this.#waiting.delete(node);
    }
  }

  #end({ lease, group }: Reservation): void {
    this.#size -= 1;
    lease.backend.reserved -= 1;
    lease.release();
    const held = (this.#held.get(group) ?? 1) - 1;
    if (held > 0) this.#held.set(group, held);
    else this.#held.delete(group);
  }
}
