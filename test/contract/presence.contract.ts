import type { Presence, Registry, Sessions, Streams } from "@bellwire/hub";
import { ChannelName, type ClientInfo } from "@bellwire/protocol";
import { expect, it } from "vitest";

/** As many clients of one node as a presence under test may show in one channel. */
export const MAX_PRESENT = 1_200;

/** Presence over a store of its own, with what makes nodes holders and lets them go. `reconcile` grants no grace. */
export interface TestPresence extends AsyncDisposable {
  readonly presence: Presence;
  readonly streams: Streams;
  readonly sessions: Sessions;
  readonly registry: Registry;
  wipe(): Promise<void>;
}

const room = ChannelName.parse("chat:room#42");
const hall = ChannelName.parse("chat:{hall}");

const infoOf = (client: string, user = "42", more: Partial<ClientInfo> = {}): ClientInfo => ({ user, client, ...more });

/** What every Presence promises. */
export function describePresenceContract(name: string, create: () => Promise<TestPresence>): void {
  const clients = async (test: TestPresence, channel = room) =>
    (await test.presence.present(channel, 100_000)).map(({ client }) => client).sort();
  const held = async (test: TestPresence, ...nodes: readonly string[]) => {
    for (const channel of [room, hall]) for (const node of nodes) await test.streams.join(channel, node, { limit: 0 });
  };

  it(`${name} shows who is there on all nodes, with all that is known of them`, async () => {
    await using test = await create();
    await held(test, "a", "node.{b}%");
    const ada = infoOf("c1", 'a"d\na', { connInfo: '{"name":"Ada ☕"}', chanInfo: "[1]" });
    const bob = infoOf("c2", "");
    expect(await test.presence.enter(room, "a", ada)).toBe(true);
    expect(await test.presence.enter(room, "node.{b}%", bob)).toBe(true);
    await test.presence.enter(hall, "a", infoOf("c3"));
    const found = [...(await test.presence.present(room, 10))].sort((x, y) => x.client.localeCompare(y.client));
    expect(found).toEqual([ada, bob]);
    expect(await clients(test, hall)).toEqual(["c3"]);
    expect(await test.presence.present(room, 1)).toHaveLength(1);
  });

  it(`${name} counts connections, and users once`, async () => {
    await using test = await create();
    await held(test, "a", "b");
    expect(await test.presence.stats(room)).toEqual({ clients: 0, users: 0 });
    for (const [client, node, user] of [
      ["c1", "a", "42"],
      ["c2", "a", "43"],
      ["c3", "b", "42"],
    ] as const)
      await test.presence.enter(room, node, infoOf(client, user));
    expect(await test.presence.stats(room)).toEqual({ clients: 3, users: 2 });
  });

  it(`${name} has a client once, with what was said last, and not when it has left`, async () => {
    await using test = await create();
    await held(test, "a");
    await test.presence.enter(room, "a", infoOf("c1", "42", { connInfo: "1" }));
    await test.presence.enter(room, "a", infoOf("c1", "42", { chanInfo: "2" }));
    expect(await test.presence.present(room, 10)).toEqual([infoOf("c1", "42", { chanInfo: "2" })]);
    await test.presence.leave(room, "a", "c1");
    await test.presence.leave(room, "a", "nobody");
    expect(await clients(test)).toEqual([]);
  });

  it(`${name} does not show who came by a node that does not hold the channel`, async () => {
    await using test = await create();
    await test.presence.enter(room, "a", infoOf("c1"));
    expect(await clients(test)).toEqual([]);
    expect(await test.presence.stats(room)).toEqual({ clients: 0, users: 0 });
  });

  it(`${name} restates a node's part, and leaves the others' alone`, async () => {
    await using test = await create();
    await held(test, "a", "b");
    for (const client of ["c1", "c2"]) await test.presence.enter(room, "a", infoOf(client));
    await test.presence.enter(room, "b", infoOf("c3"));
    await test.presence.restate(room, "a", [infoOf("c2"), infoOf("c4")]);
    expect(await clients(test)).toEqual(["c2", "c3", "c4"]);
    await test.presence.restate(room, "a", []);
    expect(await clients(test)).toEqual(["c3"]);
    await test.wipe();
    await held(test, "b");
    await test.presence.restate(room, "b", [infoOf("c3")]);
    expect(await clients(test)).toEqual(["c3"]);
  });

  it(`${name} shows so many of one node and says so of the next, but takes news of those who are there`, async () => {
    await using test = await create();
    await held(test, "a", "b");
    const crowd = Array.from({ length: MAX_PRESENT }, (_, index) => infoOf(`c${index}`, `u${index}`));
    await test.presence.restate(room, "a", crowd);
    expect(await test.presence.enter(room, "a", infoOf("one-more"))).toBe(false);
    expect(await test.presence.enter(room, "a", infoOf("c7", "u7", { connInfo: "1" }))).toBe(true);
    expect(await test.presence.enter(room, "b", infoOf("elsewhere"))).toBe(true);
    expect(await test.presence.stats(room)).toEqual({ clients: MAX_PRESENT + 1, users: MAX_PRESENT + 1 });
    await test.presence.restate(room, "a", [...crowd, infoOf("one-more")]);
    expect(await clients(test)).not.toContain("one-more");
    expect(await clients(test)).toHaveLength(MAX_PRESENT + 1);
  });

  it(`${name} loses a node's part with the node: when it withdraws, and when it is swept`, async () => {
    await using test = await create();
    await held(test, "polite", "dead", "alive");
    const counts = { startedAt: 1, clients: 0, users: 0, subscriptions: 0, channels: 0 };
    const announce = (id: string) =>
      test.registry.announce({
        ...{ id, name: id, version: "1", address: "h:1", opsAddress: "h:2", state: "up", ready: true },
        ...counts,
      });
    for (const node of ["polite", "dead", "alive"]) {
      await announce(node);
      await test.presence.enter(room, node, infoOf(`client of ${node}`));
    }
    await test.registry.withdraw("polite");
    expect(await clients(test)).toEqual(["client of alive", "client of dead"]);
    const sweep = async () => {
      await announce("alive");
      await test.registry.sweep();
      return clients(test);
    };
    await expect.poll(sweep, { timeout: 5_000 }).toEqual(["client of alive"]);
    // Whoever was swept and holds the channel again begins with nobody.
    await held(test, "dead");
    expect(await clients(test)).toEqual(["client of alive"]);
  });
}
