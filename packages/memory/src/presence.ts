import type { Presence } from "@bellwire/hub";
import type { ChannelName, ClientInfo } from "@bellwire/protocol";
import type { Gate } from "./gate.ts";
import type { Holders } from "./holders.ts";

/** Who is in which channel, in memory. */
export class MemoryPresence implements Presence {
  readonly #gate: Gate;
  readonly #holders: Holders;
  readonly #maxPerNode: number;

  constructor(parts: { gate: Gate; holders: Holders; maxPerNode: number }) {
    this.#gate = parts.gate;
    this.#holders = parts.holders;
    this.#maxPerNode = parts.maxPerNode;
  }

  enter: Presence["enter"] = (channel, node, info) =>
    this.#gate.pass(() => {
      const infos = this.#holders.present(channel, node);
      if (infos.size >= this.#maxPerNode && !infos.has(info.client)) return false;
      this.#holders.setPresent(channel, node, infos.set(info.client, { ...info }));
      return true;
    });

  leave: Presence["leave"] = (channel, node, client) =>
    this.#gate.pass(() => {
      const infos = this.#holders.present(channel, node);
      if (infos.delete(client)) this.#holders.setPresent(channel, node, infos);
    });

  restate: Presence["restate"] = (channel, node, infos) =>
    this.#gate.pass(() => {
      const kept = infos.slice(0, this.#maxPerNode).map((info) => [info.client, { ...info }] as const);
      this.#holders.setPresent(channel, node, new Map(kept));
    });

  present: Presence["present"] = (channel, limit) => this.#gate.pass(() => this.#all(channel).slice(0, limit));

  stats: Presence["stats"] = (channel) =>
    this.#gate.pass(() => {
      const all = this.#all(channel);
      return { clients: all.length, users: new Set(all.map(({ user }) => user)).size };
    });

  #all(channel: ChannelName): ClientInfo[] {
    return this.#holders.nodesOf(channel).flatMap((node) => [...this.#holders.present(channel, node).values()]);
  }
}
