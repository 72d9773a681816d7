import type { ChannelName, CloseName, Codec, ConnectRequest, ErrorName } from "@bellwire/protocol";
import { Attendance } from "./channel/attendance.ts";
import { Channels } from "./channel/channels.ts";
import { Publisher } from "./channel/publisher.ts";
import type { Subscription } from "./channel/subscription.ts";
import { carryOut } from "./cluster/orders.ts";
import { Survey, type Surveyed } from "./cluster/survey.ts";
import { CallDesk, type Calls } from "./commands/calls.ts";
import { type ConnectingWorld, connect } from "./commands/connecting.ts";
import { expireSubscriptions } from "./commands/refreshing.ts";
import { perform } from "./commands/requests.ts";
import { leave } from "./commands/subscribing.ts";
import type { Gate } from "./gate.ts";
import type { HubLimits } from "./limits.ts";
import type { Namespaces } from "./namespace.ts";
import type { HubObserver } from "./observer.ts";
import type { Peer } from "./peer.ts";
import type { Bus, BusMessage } from "./ports/bus.ts";
import type { Clock } from "./ports/clock.ts";
import type { Order } from "./ports/orders.ts";
import type { Presence } from "./ports/presence.ts";
import type { NodeId } from "./ports/registry.ts";
import type { Sessions } from "./ports/sessions.ts";
import type { Streams } from "./ports/streams.ts";
import { Conversation } from "./session/conversation.ts";
import { Directory } from "./session/directory.ts";
import { Flusher } from "./session/flusher.ts";
import { Heartbeat } from "./session/heartbeat.ts";
import { Session, type Wire } from "./session/session.ts";
import { type ShedPlan, shed } from "./session/shedding.ts";

export interface HubOptions {
  readonly node: NodeId;
  /** What clients are told of the node they are on. */
  readonly nodeName: string;
  readonly version: string;
  readonly namespaces: Namespaces;
  readonly limits: HubLimits;
  readonly streams: Streams;
  readonly sessions: Sessions;
  readonly presence: Presence;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly observer: HubObserver;
  readonly newClientId: () => string;
  readonly liveNodes: () => readonly NodeId[];
  readonly gate: Gate;
  /** Every channel is open to every client: for development. */
  readonly insecure?: boolean;
  /** What clients can call; default: nothing. */
  readonly calls?: Calls;
}

const noCalls: Calls = { rpc: () => undefined };

const plainPeer: Peer = { transport: "websocket", headers: {} };

/** What a transport holds in its hand for one connection. */
export interface Connection {
  /** Takes one frame of the client. Never throws. */
  receive(frame: Uint8Array): void;
  /** Takes the connect request of a client that sends no commands. Never throws. */
  connect(request: ConnectRequest): void;
  /** Ends the connection for what the transport has found. */
  end(cause: CloseName): void;
  /** The transport's own ping was answered. */
  ponged(): void;
  /** The transport is gone, whoever ended it. */
  closed(): void;
}

/** The switchboard of one node: joins connections to channels, and channels to the bus and the streams. */
export class Hub {
  readonly publisher: Publisher;
  readonly #options: HubOptions;
  readonly #flusher: Flusher;
  readonly #heartbeat: Heartbeat;
  readonly #channels: Channels;
  readonly #directory: Directory;
  readonly #world: ConnectingWorld;
  readonly #attendance: Attendance;
  readonly #survey: Survey;
  readonly #open = new Set<Session>();
  /** One for all sessions. */
  readonly #refused = (error: ErrorName | "application"): void => this.#options.observer.refused(error);
  readonly #now = (): number => this.#options.clock.now();
  #stopTicking: (() => void) | undefined;

  constructor(options: HubOptions) {
    const { clock, limits, streams, node, observer, sessions, presence, bus, liveNodes } = options;
    this.#options = options;
    this.publisher = new Publisher({ streams, bus, observer, liveNodes });
    this.#flusher = new Flusher(clock, limits.flushChunk);
    this.#heartbeat = new Heartbeat(limits, clock, (session) => expireSubscriptions(this.#world, session));
    this.#attendance = new Attendance({ node, presence, streams, bus, observer, liveNodes });
    this.#channels = new Channels({ node, streams, clock, limits, observer, attendance: this.#attendance });
    this.#directory = new Directory({ node, sessions, observer });
    this.#world = {
      ...{ channels: this.#channels, directory: this.#directory, publisher: this.publisher },
      ...{ namespaces: options.namespaces, limits, streams, clock, version: options.version },
      ...{
        gate: options.gate,
        insecure: options.insecure ?? false,
        observer,
        sessions,
        presence,
        node,
        nodeName: options.nodeName,
        heartbeat: this.#heartbeat,
      },
      calls: new CallDesk({ calls: options.calls ?? noCalls, clock, limits }),
    };
    this.#survey = new Survey({
      ...{ node, bus, clock, observer, liveNodes, channels: () => this.#subscribed() },
      limits: { answerMs: limits.surveyMs, channels: limits.surveyedChannels, atOnce: limits.surveys },
    });
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
      ...{ client: newClientId(), codec, peer, wire, flusher: this.#flusher, limits },
      refused: this.#refused,
    });
    const conversation = new Conversation(
      session,
      {
        connect: (_session, command) => connect(this.#world, session, command),
        perform: (_session, command) => perform(this.#world, session, command),
        send: this.#world.calls.send,
        failed: (_session, command, error) => {
          observer.failed("command", error);
          session.reply({ id: command.id, error: "internal" });
        },
      },
      { limits, now: this.#now },
    );
    this.#open.add(session);
    this.#heartbeat.expect(session);
    observer.sessionOpened(peer.transport);
    return {
      receive: (frame) => conversation.receive(frame),
      connect: (request) => conversation.connect(request),
      end: (cause) => session.end(cause),
      ponged: () => {
        session.pongsDue = 0;
      },
      closed: () => this.#closed(session),
    };
  }

  /** A message came over the bus. */
  receive(message: Exclude<BusMessage, { readonly kind: "probe" }>): void {
    switch (message.kind) {
      case "publication":
        return this.#channels.receive(message.channel, message.epoch, message.publication);
      case "join":
      case "leave":
        return this.#channels.get(message.channel)?.announce(message.kind, message.info);
      case "question":
        return this.#survey.answer(message);
      case "answer":
        return this.#survey.hear(message);
      default:
        return carryOut(this.#world, message);
    }
  }

  /** Has an order carried out on all nodes. Resolves once the bus has confirmed it; this node has begun at once. */
  async order(order: Order): Promise<void> {
    // A message said twice would be heard twice: it comes to this node by the bus, as to the others.
    if (order.kind !== "message") carryOut(this.#world, order);
    await this.#options.bus.send(order, "all");
  }

  /** The channels with subscribers on all nodes that fit a pattern (`*`, `?`), each with how many. */
  survey(pattern: string): Promise<Surveyed> {
    return this.#survey.ask(pattern);
  }

  /** Compares all positions with the streams now: messages may have been missed. */
  checkPositions(): Promise<void> {
    return this.#channels.check(1);
  }

  /** Tells the stores anew who is here: they were away, or lost what they knew. */
  async reconcile(): Promise<void> {
    this.#channels.dropIdle();
    await this.#directory.reconcile();
    const shown = [...this.#channels.all].filter(({ members }) => [...members].some(({ isPresent }) => isPresent));
    await this.#attendance.reconcile(
      shown.map(({ name }) => name),
      this.#membersOf,
    );
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

  readonly #membersOf = (name: ChannelName): Iterable<Subscription> => this.#channels.get(name)?.members ?? [];

  *#subscribed(): Generator<readonly [ChannelName, number]> {
    for (const { name, members } of this.#channels.all) yield [name, members.size];
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

  #tick(): void {
    const { clock, limits } = this.#options;
    this.#stopTicking = clock.after(1_000, () => {
      this.#heartbeat.tick();
      this.#wakeLagging();
      void this.#channels.check(1_000 / limits.positionCheckMs);
      void this.#attendance.makeUp(this.#membersOf);
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
