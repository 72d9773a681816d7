import type { Socket } from "node:net";
import type { Lease } from "./lease.ts";
import type { Limits } from "./limits.ts";
import type { CloseCause, Observer } from "./observer.ts";
import type { Sweep, Swept } from "./sweep.ts";

/** One of the two ends: its socket, and since when it does not read what we have for it. */
interface End {
  readonly socket: Socket;
  readonly cause: CloseCause;
  fullSince: number;
}

/** An accepted upgrade: bytes go both ways, unread. Both sockets must have an error listener. */
export class Tunnel implements Swept {
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
    ends: { readonly client: Socket; readonly node: Socket },
    lease: Lease,
    parts: { readonly sweep: Sweep; readonly observer: Observer; readonly limits: Limits },
  ) {
    this.#client = { socket: ends.client, cause: "client", fullSince: 0 };
    this.#node = { socket: ends.node, cause: "node", fullSince: 0 };
    this.#lease = lease;
    this.#limits = parts.limits;
    this.#sweep = parts.sweep;
    this.#observer = parts.observer;
    this.#seenAt = parts.sweep.now;
    this.#carry(this.#client, this.#node);
    this.#carry(this.#node, this.#client);
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

  #shed(): void {
    this.#lease.backend.toShed -= 1;
    this.#destroy("shed");
  }

  #carry(from: End, to: End): void {
    from.socket.on("data", (chunk) => {
      this.#seenAt = this.#sweep.now;
      if (to.socket.writable && !to.socket.write(chunk) && to.fullSince === 0) this.#wait(from, to);
    });
    from.socket.on("end", () => this.#ended(from, to));
    from.socket.on("close", () => this.#closed(from, to));
    from.socket.resume();
  }

  #wait(from: End, to: End): void {
    to.fullSince = this.#sweep.now;
    from.socket.pause();
    to.socket.once("drain", () => {
      to.fullSince = 0;
      from.socket.resume();
    });
  }

  #ended(from: End, to: End): void {
    this.#cause ??= from.cause;
    if (this.#endedAt === 0) this.#endedAt = this.#sweep.now;
    to.socket.end();
  }

  #closed(from: End, to: End): void {
    if (from.socket.readableEnded) this.#cause ??= from.cause;
    else this.#cause ??= "broken";
    if (this.#endedAt === 0) this.#endedAt = this.#sweep.now;
    if (!to.socket.destroyed) {
      to.fullSince = 0;
      to.socket.end();
      to.socket.resume();
      return;
    }
    if (this.#over) return;
    this.#over = true;
    this.#sweep.delete(this);
    this.#lease.release();
    this.#observer.closed(this.#cause);
  }

  #destroy(cause: CloseCause): void {
    this.#cause ??= cause;
    this.#client.socket.destroy();
    this.#node.socket.destroy();
  }
}

const isStalled = (end: End, now: number, { stallMs }: Pick<Limits, "stallMs">): boolean =>
  end.fullSince > 0 && now - end.fullSince >= stallMs;
