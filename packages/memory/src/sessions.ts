import type { Clock, NodeId, SessionRecord, Sessions } from "@bellwire/hub";
import type { ChannelName } from "@bellwire/protocol";
import type { Gate } from "./gate.ts";
import { entryOf, type Holders } from "./holders.ts";

/** `ofUser` answers at most so many. */
const MAX_SESSIONS_PER_USER = 1_000;

interface Entry {
  readonly record: SessionRecord;
  readonly channels: Set<ChannelName>;
}

/** Who is connected where, in memory. */
export class MemorySessions implements Sessions {
  readonly #clock: Clock;
  readonly #gate: Gate;
  readonly #holders: Holders;
  readonly #joinGraceMs: number;
  readonly #entries = new Map<string, Entry>();
  readonly #byUser = new Map<string, Set<string>>();
  readonly #byNode = new Map<NodeId, Set<string>>();

  constructor(parts: { clock: Clock; gate: Gate; holders: Holders; joinGraceMs: number }) {
    this.#clock = parts.clock;
    this.#gate = parts.gate;
    this.#holders = parts.holders;
    this.#joinGraceMs = parts.joinGraceMs;
  }

  opened: Sessions["opened"] = (session) => this.#gate.pass(() => this.#add(session, []));

  closed: Sessions["closed"] = ({ client }) => this.#gate.pass(() => this.#delete(client));

  subscribed: Sessions["subscribed"] = (client, channel) =>
    this.#gate.pass(() => {
      this.#entries.get(client)?.channels.add(channel);
    });

  unsubscribed: Sessions["unsubscribed"] = (client, channel) =>
    this.#gate.pass(() => {
      this.#entries.get(client)?.channels.delete(channel);
    });

  ofUser: Sessions["ofUser"] = (user) =>
    this.#gate.pass(() => {
      const clients = [...(this.#byUser.get(user) ?? [])].slice(0, MAX_SESSIONS_PER_USER);
      return clients.flatMap((client) => this.#entries.get(client)?.record ?? []);
    });

  channelsOf: Sessions["channelsOf"] = (client) =>
    this.#gate.pass(() => [...(this.#entries.get(client)?.channels ?? [])]);

  reconcile: Sessions["reconcile"] = (node, truth) =>
    this.#gate.pass(() => {
      const youngerThan = this.#clock.now() - this.#joinGraceMs;
      const strangers = new Set(this.#byNode.get(node));
      const unheld = new Map(this.#holders.channelsOf(node));
      for (const { session, channels } of truth) {
        strangers.delete(session.client);
        this.#add(session, channels);
        for (const channel of channels) {
          unheld.delete(channel);
          this.#holders.add(channel, node, this.#clock.now());
        }
      }
      for (const client of strangers) this.#delete(client);
      for (const [channel, joinedAt] of unheld) if (joinedAt <= youngerThan) this.#holders.delete(channel, node);
    });

  /** What a node left. */
  deleteNode(node: NodeId): void {
    for (const client of [...(this.#byNode.get(node) ?? [])]) this.#delete(client);
  }

  /** The store came back empty. */
  clear(): void {
    this.#entries.clear();
    this.#byUser.clear();
    this.#byNode.clear();
  }

  #add(session: SessionRecord, channels: readonly ChannelName[]): void {
    this.#entries.set(session.client, { record: { ...session }, channels: new Set(channels) });
    entryOf(this.#byUser, session.user, () => new Set<string>()).add(session.client);
    entryOf(this.#byNode, session.node, () => new Set<string>()).add(session.client);
  }

  #delete(client: string): void {
    const entry = this.#entries.get(client);
    if (entry === undefined) return;
    this.#entries.delete(client);
    remove(this.#byUser, entry.record.user, client);
    remove(this.#byNode, entry.record.node, client);
  }
}

function remove(sets: Map<string, Set<string>>, key: string, member: string): void {
  const set = sets.get(key);
  set?.delete(member);
  if (set?.size === 0) sets.delete(key);
}
