import { type Close, type CloseName, type Codec, type ErrorName, isUsableClose } from "@bellwire/protocol";
import { Channels } from "./channels.ts";
import { type ConnectCommand, Conversation } from "./conversation.ts";
import { Directory } from "./directory.ts";
import { Flusher } from "./flusher.ts";
import type { Gate } from "./gate.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { HubLimits } from "./limits.ts";
import type { Namespaces } from "./namespace.ts";
import type { HubObserver } from "./observer.ts";
import type { Peer } from "./peer.ts";
import type { Bus, BusMessage, Clock, NodeId, Sessions, Streams } from "./ports.ts";
import { Publisher } from "./publisher.ts";
import { turnAway } from "./refusal.ts";
import { expiryOf, perform, type RequestWorld } from "./requests.ts";
import { Session, type Wire } from "./session.ts";
import { type ShedPlan, shed } from "./shedding.ts";
import { leave } from "./subscribing.ts";

export interface HubOptions {
  readonly node: NodeId;
  /** What clients are told of the node they are on. */
  readonly nodeName: string;
  readonly version: string;
  readonly namespaces: Namespaces;
  readonly limits: HubLimits;
  readonly streams: Streams;
  readonly sessions: Sessions;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly observer: HubObserver;
  readonly newClientId: () => string;
  readonly liveNodes: () => readonly NodeId[];
  readonly gate: Gate;
}

const plainPeer: Peer = { transport: "websocket", headers: {} };

/** What a transport holds in its hand for one connection. */
export interface Connection {
  /** Takes one frame of the client. Never throws. */
  receive(frame: Uint8Array): void;
  /** Ends the connection for what the transport has found. */
  end(cause: CloseName): void;
  /** The transport is gone, whoever ended it. */
  closed(): void;
}

/** Whom to disconnect: a user or one client, but for the clients in `keep`. */
export interface DisconnectOrder {
  readonly user?: string;
  readonly client?: string;
  readonly keep?: readonly string[];
  readonly close: Close;
}

/** The switchboard of one node: joins connections to channels, and channels to the bus and the streams. */
export class Hub {
  readonly publisher: Publisher;
  readonly #options: HubOptions;
  readonly #flusher: Flusher;
  readonly #heartbeat: Heartbeat;
  readonly #channels: Channels;
  readonly #directory: Directory;
  readonly #world: RequestWorld;
  readonly #open = new Set<Session>();
  /** One for all sessions. */
  readonly #refused = (error: ErrorName | "application"): void => this.#options.observer.refused(error);
  #stopTicking: (() => void) | undefined;

  constructor(options: HubOptions) {
    const { clock, limits, streams, node, observer, sessions, bus, liveNodes } = options;
    this.#options = options;
    this.publisher = new Publisher({ streams, bus, observer, liveNodes });
    this.#flusher = new Flusher(clock, limits.flushChunk);
    this.#heartbeat = new Heartbeat(limits, clock);
    this.#channels = new Channels({ node, streams, clock, limits, observer });
    this.#directory = new Directory({ node, sessions, observer });
    this.#world = {
      ...{ channels: this.#channels, directory: this.#directory, publisher: this.publisher },
      ...{ namespaces: options.namespaces, limits, streams, clock, version: options.version },
      gate: options.gate,
    };
    this.#tick();
  }

  /** Live figures of this node. */
  get size(): {
    readonly clients: number;
    readonly users: number;
    readonly subscriptions: number;
    readonly channels: number;
  } {
    let subscriptions = 0;
    for (const session of this.#open) subscriptions += session.subscriptions.size;
    return {
      clients: this.#directory.clients,
      users: this.#directory.users,
      subscriptions,
      channels: this.#channels.size,
    };
  }

  /** Connections, whether they have said who they are or not. */
  get connections(): number {
    return this.#open.size;
  }

  /** A transport has a new connection. */
  open(wire: Wire, codec: Codec, peer: Peer = plainPeer): Connection {
    const { limits, newClientId, observer } = this.#options;
    const session = new Session({
      ...{ client: newClientId(), codec, peer, wire, flusher: this.#flusher, limits: limits.slow },
      refused: this.#refused,
    });
    const conversation = new Conversation(
      session,
      {
        connect: (_session, command) => this.#connect(session, command),
        perform: (_session, command) => perform(this.#world, session, command),
        failed: (_session, command, error) => {
          observer.failed("command", error);
          session.reply({ id: command.id, error: "internal" });
        },
      },
      limits.pendingCommands,
    );
    this.#open.add(session);
    this.#heartbeat.expect(session);
    observer.sessionOpened(peer.transport);
    return {
      receive: (frame) => conversation.receive(frame),
      end: (cause) => session.end(cause),
      closed: () => this.#closed(session),
    };
  }

  /** A message came over the bus. */
  receive(message: Exclude<BusMessage, { readonly kind: "probe" }>): void {
    if (message.kind === "publication") this.#channels.receive(message.channel, message.epoch, message.publication);
    else if (message.kind === "disconnect") this.#disconnectHere(message);
  }

  /** Ends connections on all nodes. Resolves once the bus has confirmed the order; those of this node are ended at once. */
  async disconnect({ user, client, keep = [], close }: DisconnectOrder): Promise<void> {
    const who = { ...(user === undefined ? {} : { user }), ...(client === undefined ? {} : { client }) };
    const order = { kind: "disconnect", ...who, keep, ...close } as const;
    this.#disconnectHere(order);
    await this.#options.bus.send(order, "all");
  }

  /** Compares all positions with the streams now: messages may have been missed. */
  checkPositions(): Promise<void> {
    return this.#channels.check(1);
  }

  /** Tells the stores anew who is here: they were away, or lost what they knew. */
  reconcile(): Promise<void> {
    this.#channels.dropIdle();
    return this.#directory.reconcile();
  }

  /**
   * Sends every client elsewhere, `batch` every `pauseMs`, so that its neighbours are not stormed. Resolves when nobody is
   * left or the signal says that time is up.
   */
  async drain(plan: { readonly batch: number; readonly pauseMs: number; readonly until: AbortSignal }): Promise<void> {
    const staying = [...this.#open];
    while (this.#open.size > 0 && !plan.until.aborted) {
      for (const session of staying.splice(0, plan.batch)) session.end("shutdown");
      await new Promise<void>((resolve) => this.#options.clock.after(plan.pauseMs, resolve));
    }
  }

  /** Sends some clients elsewhere at an even pace, the youngest first. Resolves to how many. */
  shed(plan: ShedPlan): Promise<number> {
    return shed(this.#open, plan, this.#options.clock);
  }

  /** Stops all timers; sessions are not ended. */
  close(): void {
    this.#stopTicking?.();
    this.#channels.close();
  }

  async #connect(session: Session, { id, request }: ConnectCommand): Promise<boolean> {
    const { gate, limits, clock, version, nodeName } = this.#options;
    const admission = await gate.connect(session, request);
    if (session.ended) return false;
    if (!admission.ok) {
      turnAway(session, id, admission);
      return false;
    }
    session.identity = admission.identity;
    session.expiresAt = admission.expiresAt;
    session.since = clock.now();
    this.#directory.opened(session);
    this.#heartbeat.admit(session);
    const { client } = session;
    const expiry = expiryOf(session, clock.now());
    const data = admission.data ?? JSON.stringify({ node: nodeName });
    const { secret } = session.peer;
    const beside = secret === undefined ? {} : { session: secret, node: this.#options.node };
    session.reply({
      id,
      method: "connect",
      result: { client, version, ping: limits.pingSeconds, pong: true, ...expiry, ...beside, data },
    });
    return true;
  }

  #closed(session: Session): void {
    if (!this.#open.delete(session)) return;
    const connected = session.identity !== undefined;
    this.#options.observer.sessionClosed(session.endedBy ?? "gone", session.peer.transport);
    session.endedBy ??= "shutdown";
    this.#heartbeat.forget(session);
    for (const subscription of session.subscriptions.values()) leave(this.#world, subscription);
    session.subscriptions.clear();
    if (connected) this.#directory.closed(session);
  }

  #disconnectHere(order: Extract<BusMessage, { readonly kind: "disconnect" }>): void {
    const { code, reason, keep } = order;
    if (!isUsableClose({ code, reason })) return;
    for (const session of this.#directory.find(order))
      if (!keep.includes(session.client)) session.end("forceDisconnect", { code, reason });
  }

  #tick(): void {
    const { clock, limits } = this.#options;
    this.#stopTicking = clock.after(1_000, () => {
      this.#heartbeat.tick();
      this.#wakeLagging();
      void this.#channels.check(1_000 / limits.positionCheckMs);
      this.#tick();
    });
  }

  /** Whoever had messages skipped and has caught up subscribes again, and recovers them from the stream. */
  #wakeLagging(): void {
    for (const session of this.#open) {
      if (!session.lags || session.isBehind) continue;
      session.lags = false;
      for (const subscription of [...session.subscriptions.values()])
        if (subscription.lagging) this.#channels.get(subscription.channel)?.drop(subscription);
    }
  }
}
