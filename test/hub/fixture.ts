import {
  type Admission,
  type Append,
  type Calls,
  type Clock,
  type Connection,
  defaultLimits,
  type Gate,
  Hub,
  type HubLimits,
  type HubObserver,
  type Namespace,
  type Peer,
  plainNamespace,
  type Streams,
  silent,
} from "@bellwire/hub";
import { createMemoryCluster, type MemoryCluster, type MemoryClusterOptions, systemClock } from "@bellwire/memory";
import { ChannelName, type Close, jsonCodec, type SubscriptionGrant } from "@bellwire/protocol";
import { expect } from "vitest";

const HOUR_MS = 3_600_000;
const rules = (name: string, more: Partial<Namespace> = {}): Namespace => ({
  ...plainNamespace,
  name,
  subscribe: "anyone",
  history: { size: 100, ttlMs: HOUR_MS },
  presence: "off",
  joinLeave: "off",
  personal: false,
  ...more,
});

export const namespaces = new Map(
  [
    rules("orders", { subscribe: "owner" }),
    rules("promo", { skippable: true }),
    rules("chat", { publish: "subscribers", subscribe: "users" }),
    rules("short", { history: { size: 3, ttlMs: HOUR_MS } }),
    rules("bare", { history: { size: 0, ttlMs: HOUR_MS }, publish: "subscribers" }),
    rules("latest", { cache: true, history: { size: 1, ttlMs: HOUR_MS } }),
    rules("asked", { forceRecovery: false, forcePositioning: false }),
    rules("delta", { delta: true, skippable: true }),
    rules("closed", { subscribe: "nobody" }),
    rules("vip", { subscribe: "token" }),
    rules("backed", { subscribe: "backend", publish: "backend" }),
    rules("room", { presence: "subscribers", joinLeave: "asked", publish: "subscribers" }),
    rules("hall", { presence: "server", joinLeave: "forced", history: { size: 0, ttlMs: HOUR_MS } }),
  ].map((namespace) => [namespace.name, namespace] as const),
);

/** Tokens of the tests: the user's name; `expired`, `forged` and `slow:<user>` do what they say. */
async function admissionOf(token: string | undefined): Promise<Admission> {
  if (token === undefined) return { ok: false, close: "badRequest" };
  if (token === "expired") return { ok: false, error: "tokenExpired" };
  if (token === "forged") return { ok: false, close: "invalidToken" };
  if (!token.startsWith("slow:")) return { ok: true, identity: { user: token } };
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { ok: true, identity: { user: token.slice(5) } };
}

const gateOf = (subscriptions: WorldOptions["subscriptions"] = () => new Map()): Gate => ({
  async connect(_caller, { token }) {
    const admission = await admissionOf(token);
    return admission.ok ? { ...admission, subscriptions: subscriptions(admission.identity.user) } : admission;
  },
  refresh: async (_caller, token) => (token === "expired" ? { ok: false, close: "expired" } : admissionOf(token)),
  subscribe: async () => ({ ok: false, error: "permissionDenied" }),
  subRefresh: async () => ({ ok: false, close: "invalidToken" }),
  publish: async () => ({ ok: false, error: "permissionDenied" }),
});

export interface WorldOptions {
  readonly limits?: Partial<HubLimits>;
  readonly clock?: Clock;
  readonly memory?: MemoryClusterOptions;
  readonly storeDelayMs?: number;
  /** The personal namespace `me`. */
  readonly personal?: boolean;
  /** What a user's token names. */
  readonly subscriptions?: (user: string) => ReadonlyMap<ChannelName, SubscriptionGrant>;
  readonly calls?: Calls;
  /** What decides otherwise than by the tokens of the tests. */
  readonly gate?: Partial<Gate>;
  readonly insecure?: boolean;
}

export interface World extends Disposable {
  readonly cluster: MemoryCluster;
  readonly counts: Map<string, number>;
  node(id: string): Hub;
  client(hub: Hub, peer?: Peer): Client;
  /** Publishes as the server API does, through `hub`. */
  publish(hub: Hub, channel: string, data: unknown, more?: Partial<Append>): Promise<number>;
}

/** Several hubs in one process over the in-memory ports. */
export function createWorld(options: WorldOptions = {}): World {
  const clock = options.clock ?? systemClock;
  const cluster = createMemoryCluster({ clock, ...options.memory });
  const limits = { ...defaultLimits, holeMs: 10, ...options.limits };
  const hubs = new Map<string, Hub>();
  const known = new Map(namespaces);
  if (options.personal) known.set("me", rules("me", { subscribe: "owner", personal: true }));
  const counts = new Map<string, number>();
  let clients = 0;
  const count = (name: string, more = 1) => counts.set(name, (counts.get(name) ?? 0) + more);
  const observer: HubObserver = {
    ...silent,
    skipped: () => count("skipped"),
    refused: (error) => count(`refused:${error}`),
    repaired: (publications) => count("repaired", publications),
    positionLost: () => count("positionLost"),
    dropped: (why) => count(why),
    published: (outcome) => count(outcome),
    sessionClosed: (cause) => count(`closed:${cause}`),
    failed: (where) => count(`failed:${where}`),
  };
  return {
    cluster,
    counts,
    node(id) {
      const { sessions, presence, bus } = cluster;
      const streams = answeringLate(cluster.streams, options.storeDelayMs ?? 0);
      const hub = new Hub({
        ...{
          node: id,
          nodeName: id,
          version: "test",
          namespaces: known,
          limits,
          streams,
          sessions,
          presence,
          bus,
          clock,
          observer,
          gate: { ...gateOf(options.subscriptions), ...options.gate },
          insecure: options.insecure ?? false,
        },
        ...(options.calls && { calls: options.calls }),
        newClientId: () => `client-${++clients}`,
        liveNodes: () => [...hubs.keys()],
      });
      hubs.set(id, hub);
      void bus.listen(id, {
        onMessage: (message) => message.kind !== "probe" && hub.receive(message),
        onGap: () => void hub.checkPositions(),
      });
      return hub;
    },
    client: (hub, peer) => new Client(hub, peer),
    async publish(hub, channel, data, more = {}) {
      const name = ChannelName.parse(channel);
      const namespace = known.get(channel.split(":")[0] ?? "");
      if (namespace === undefined) throw new Error(`no namespace for ${channel}`);
      const { dedupMs, versionTtlMs, history } = namespace;
      const appended = await hub.publisher.publishDurably({
        ...{ channel: name, data: JSON.stringify(data), dedupMs, versionTtlMs, history },
        ...more,
      });
      return appended.position.offset;
    },
    [Symbol.dispose]() {
      for (const hub of hubs.values()) hub.close();
    },
  };
}

/** The store does its work at once, but its answers to readers take up to `ms`: what happens meanwhile must not get lost. */
function answeringLate(streams: Streams, ms: number): Streams {
  const late = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    const done = await answer;
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * ms));
    return done;
  };
  return {
    append: (append) => streams.append(append),
    join: (channel, node, range) => late(streams.join(channel, node, range)),
    leave: (channel, node) => streams.leave(channel, node),
    read: (channel, range) => late(streams.read(channel, range)),
    tops: (channels) => late(streams.tops(channels)),
    witness: (channel, position) => streams.witness(channel, position),
    holders: (channel) => late(streams.holders(channel)),
    clear: (channel) => streams.clear(channel),
  };
}

interface Message {
  readonly id?: number;
  readonly error?: { readonly code: number };
  readonly push?: {
    readonly channel: string;
    readonly pub?: Pub;
    readonly unsubscribe?: { readonly code: number };
    readonly [kind: string]: unknown;
  };
  readonly [method: string]: unknown;
}
interface Pub {
  readonly data: unknown;
  readonly offset?: number;
}

/** A client on a wire of its own: what it was sent, in order. */
export class Client {
  readonly messages: Message[] = [];
  readonly frames: number[] = [];
  closedWith: Close | undefined;
  /** Bytes that the transport pretends not to have sent. */
  backlog = 0;
  readonly connection: Connection;
  #id = 0;

  /** Pings of the transport's own, where it has them. */
  wirePings = 0;

  constructor(hub: Hub, peer?: Peer, { pingsByWire = false } = {}) {
    const client = this;
    this.connection = hub.open(
      {
        ...(pingsByWire && {
          ping: () => {
            client.wirePings += 1;
          },
        }),
        send(frame) {
          const text = Buffer.from(frame.payload).toString();
          client.frames.push(text.length);
          for (const line of text.split("\n")) client.messages.push(JSON.parse(line) as Message);
          return client.backlog === 0;
        },
        close(close) {
          client.closedWith = close;
          client.connection.closed();
        },
        get bufferedBytes() {
          return client.backlog;
        },
      },
      jsonCodec,
      peer,
    );
  }

  /** Everything that it was pushed on a channel, in order, each with its kind. */
  pushes(channel: string): ReadonlyArray<readonly [kind: string, value: unknown]> {
    return this.messages.flatMap(({ push }) => {
      if (push?.channel !== channel) return [];
      const [entry] = Object.entries(push).filter(([key]) => key !== "channel");
      return entry ? [entry] : [];
    });
  }

  /** Sends raw lines as one frame. */
  raw(...lines: string[]): void {
    this.connection.receive(Buffer.from(lines.join("\n")));
  }

  /** Sends one command and resolves with its reply. */
  async call(method: string, request: object = {}): Promise<Message> {
    this.#id += 1;
    const id = this.#id;
    this.raw(JSON.stringify({ id, [method]: request }));
    return this.reply(id);
  }

  async reply(id: number): Promise<Message> {
    await expect
      .poll(() => this.messages.some((message) => message.id === id), { timeout: 3_000, interval: 2 })
      .toBe(true);
    return this.messages.find((message) => message.id === id) ?? {};
  }

  /** From its next frame on the transport holds so many bytes back. */
  async fallsBehind(bytes: number): Promise<void> {
    this.backlog = bytes;
    await this.call("ping");
  }

  async connected(user: string): Promise<this> {
    expect(await this.call("connect", { token: user })).toHaveProperty("connect");
    return this;
  }

  pubs(channel: string): readonly Pub[] {
    return this.messages.flatMap(({ push }) => (push?.channel === channel && push.pub ? [push.pub] : []));
  }

  offsets(channel: string): readonly number[] {
    return this.pubs(channel).map(({ offset }) => offset ?? 0);
  }

  unsubscribedFrom(channel: string): number | undefined {
    return this.messages.findLast(({ push }) => push?.channel === channel && push.unsubscribe)?.push?.unsubscribe?.code;
  }
}
