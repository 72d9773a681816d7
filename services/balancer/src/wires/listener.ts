import type { Wire } from "./wire.ts";

/** Where a listener listens. */
export interface Listening {
  readonly host: string;
  /** 0: the system chooses one. */
  readonly port: number;
  /** Other sockets may listen on it too (`SO_REUSEPORT`). */
  readonly reusePort: boolean;
}

/** Who takes what a listener accepts. */
export interface Accepting {
  /** The client is accepted; its wire needs an owner at once. */
  onWire(wire: Wire): void;
  /** Nobody can be accepted for a moment; `error` says why. Called once until somebody can. */
  onStarved(error: Error): void;
}

/** A port whose connections become wires. */
export interface Listener {
  readonly port: number;
  /** How they are read and written. */
  readonly io: "epoll" | "node";
  /** Accepts nobody any more; what has been accepted goes on. */
  close(): void;
}
