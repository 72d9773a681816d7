import type { Bus, BusMessage, BusTarget, Clock, NodeId } from "@bellwire/hub";

type Handlers = Parameters<Bus["listen"]>[1];

interface Listener {
  readonly handlers: Handlers;
  queue: BusMessage[];
  scheduled: boolean;
  missed: boolean;
  gone: boolean;
}

/**
 * Between the nodes of one process. Every node gets a copy of its own, in a later turn, in the order of sending. A node
 * with `maxQueued` messages waiting loses the newer ones, is told of the gap, and `dropped` counts them.
 */
export class MemoryBus implements Bus {
  readonly #clock: Clock;
  readonly #maxQueued: number;
  readonly #listeners = new Map<NodeId, Listener>();
  #dropped = 0;

  constructor(parts: { clock: Clock; maxQueued: number }) {
    this.#clock = parts.clock;
    this.#maxQueued = parts.maxQueued;
  }

  /** Messages lost because a node's queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  send: Bus["send"] = async (message, target) => {
    for (const listener of this.#listenersOf(target)) this.#enqueue(listener, structuredClone(message));
  };

  listen: Bus["listen"] = async (node, handlers) => {
    this.unlisten(node);
    this.#listeners.set(node, { handlers, queue: [], scheduled: false, missed: false, gone: false });
  };

  /** The node receives no more; what waits for it is lost, as an exclusive queue is with its node. */
  unlisten(node: NodeId): void {
    const listener = this.#listeners.get(node);
    if (listener) listener.gone = true;
    this.#listeners.delete(node);
  }

  /** As if every node had lost its connection for a moment: each is told of a gap. */
  gap(): void {
    for (const { handlers } of this.#listeners.values()) handlers.onGap();
  }

  *#listenersOf(target: BusTarget): Generator<Listener> {
    if (target === "all") return yield* this.#listeners.values();
    for (const node of new Set(target)) {
      const listener = this.#listeners.get(node);
      if (listener) yield listener;
    }
  }

  #enqueue(listener: Listener, message: BusMessage): void {
    if (listener.queue.length >= this.#maxQueued) {
      this.#dropped++;
      listener.missed = true;
      return;
    }
    listener.queue.push(message);
    if (listener.scheduled) return;
    listener.scheduled = true;
    this.#clock.soon(() => this.#deliver(listener));
  }

  #deliver(listener: Listener): void {
    const { handlers, queue, missed } = listener;
    listener.queue = [];
    listener.scheduled = false;
    listener.missed = false;
    for (const message of queue) {
      if (listener.gone) return;
      handlers.onMessage(message);
    }
    if (missed && !listener.gone) handlers.onGap();
  }
}
