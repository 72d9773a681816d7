import type { CloseCause, Observer } from "../observing/observer.ts";
import type { Lease } from "../pool/lease.ts";
import type { Wire, WireOwner } from "../wires/wire.ts";
import type { Limits } from "./limits.ts";
import type { Sweep, Swept } from "./sweep.ts";

/** One of the two ends: its wire, and since when it does not read what we have for it. */
interface End {
  readonly wire: Wire;
  readonly cause: CloseCause;
  fullSince: number;
}

/** An accepted upgrade: bytes go both ways, unread. */
export class Tunnel implements Swept, WireOwner {
  readonly #client: End;
  readonly #node: End;
  readonly #lease: Lease;
  readonly #limits: Pick<Limits, "idleMs" | "stallMs" | "lingerMs">;
  readonly #sweep: Sweep;
  readonly #observer: Observer;
  #seenAt: number;
  #endedAt = 0;
  #cause: CloseCause | undefined;
  #over = false;

  constructor(
    ends: { readonly client: Wire; readonly node: Wire },
    lease: Lease,
    parts: { readonly sweep: Sweep; readonly observer: Observer; readonly limits: Limits },
  ) {
    this.#client = { wire: ends.client, cause: "client", fullSince: 0 };
    this.#node = { wire: ends.node, cause: "node", fullSince: 0 };
    this.#lease = lease;
    this.#limits = parts.limits;
    this.#sweep = parts.sweep;
    this.#observer = parts.observer;
    this.#seenAt = parts.sweep.now;
    ends.client.owner = this;
    ends.node.owner = this;
    parts.sweep.add(this);
  }

  check(now: number): void {
    if (this.#endedAt > 0 && now - this.#endedAt >= this.#limits.lingerMs) this.#destroy("linger");
    else if (isStalled(this.#client, now, this.#limits) || isStalled(this.#node, now, this.#limits))
      this.#destroy("stall");
    else if (now - this.#seenAt >= this.#limits.idleMs) this.#destroy("idle");
    else if (this.#lease.backend.toShed >= 1) this.#shed();
  }

  cut(): void {
    this.#destroy("stopped");
  }

  heard(chunk: Buffer, wire: Wire): void {
    this.#seenAt = this.#sweep.now;
    const to = wire === this.#client.wire ? this.#node : this.#client;
    if (to.wire.write(chunk) || to.fullSince > 0) return;
    to.fullSince = this.#sweep.now;
    wire.pause();
  }

  ended(wire: Wire): void {
    const [from, to] = this.#from(wire);
    this.#cause ??= from.cause;
    if (this.#endedAt === 0) this.#endedAt = this.#sweep.now;
    // Closing says all that a second end would, and is one system call less.
    if (to.wire.peerEnded && to.wire.waiting === 0) to.wire.destroy();
    else to.wire.end();
  }

  drained(wire: Wire): void {
    const [to, from] = this.#from(wire);
    to.fullSince = 0;
    from.wire.resume();
  }

  closed(wire: Wire): void {
    const [from, to] = this.#from(wire);
    if (from.wire.peerEnded) this.#cause ??= from.cause;
    else this.#cause ??= "broken";
    if (this.#endedAt === 0) this.#endedAt = this.#sweep.now;
    if (!to.wire.destroyed) {
      to.fullSince = 0;
      to.wire.end();
      to.wire.resume();
      return;
    }
    if (this.#over) return;
    this.#over = true;
    this.#sweep.delete(this);
    this.#lease.release();
    this.#observer.closed(this.#cause);
  }

  #from(wire: Wire): readonly [from: End, to: End] {
    return wire === this.#client.wire ? [this.#client, this.#node] : [this.#node, this.#client];
  }

  #shed(): void {
    this.#lease.backend.toShed -= 1;
    this.#destroy("shed");
  }

  #destroy(cause: CloseCause): void {
    this.#cause ??= cause;
    this.#client.wire.destroy();
    this.#node.wire.destroy();
  }
}

const isStalled = (end: End, now: number, { stallMs }: Pick<Limits, "stallMs">): boolean =>
  end.fullSince > 0 && now - end.fullSince >= stallMs;
