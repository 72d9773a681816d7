import type { NodeRecord, Registry, Sessions, Streams } from "@bellwire/hub";
import { ChannelName } from "@bellwire/protocol";
import { expect, it } from "vitest";

/** Liveness and sweep bounds that a registry under test is to be created with, ms. */
export const LIVENESS_MS = 300;
export const SWEEP_MS = 600;

export interface TestRegistry extends AsyncDisposable {
  readonly registry: Registry;
  /** The same registry as another node sees it. */
  readonly other: Registry;
  readonly sessions: Sessions;
  readonly streams: Streams;
  wipe(): Promise<void>;
}

const orders = ChannelName.parse("orders:user#42");

/** What a node that is well says of itself. */
export const recordOf = (id: string, more: Partial<NodeRecord> = {}): NodeRecord => ({
  id,
  name: `name of ${id}`,
  version: "0.1.0",
  address: "127.0.0.1:8101",
  opsAddress: "127.0.0.1:8201",
  state: "up",
  ready: true,
  startedAt: 1_700_000_000_000,
  clients: 3,
  users: 2,
  subscriptions: 5,
  channels: 4,
  settings: { BELLWIRE_SETTING: "as all" },
  ...more,
});

/** What every Registry promises. */
export function describeRegistryContract(name: string, create: () => Promise<TestRegistry>): void {
  const ids = (records: readonly NodeRecord[]) => records.map(({ id }) => id).sort();
  const holdersOf = async (streams: Streams) => {
    const history = { size: 0, ttlMs: 0 };
    const appended = await streams.append({ channel: orders, data: "1", dedupMs: 0, versionTtlMs: 1_000, history });
    return "holders" in appended ? [...appended.holders].sort() : [];
  };
  const live = async (test: TestRegistry, node: string) => {
    await test.registry.announce(recordOf(node));
    const session = { client: `client of ${node}`, user: "42", node, since: 1 };
    await test.sessions.opened(session);
    await test.sessions.subscribed(session.client, orders);
    await test.streams.join(orders, node, { limit: 0 });
  };

  it(`${name} knows a node from its second announcement on`, async () => {
    await using test = await create();
    expect(await test.registry.announce(recordOf("a"))).toBe(false);
    expect(await test.other.announce(recordOf("a"))).toBe(true);
    await test.wipe();
    expect(await test.registry.announce(recordOf("a"))).toBe(false);
  });

  it(`${name} lists the nodes with what they said last`, async () => {
    await using test = await create();
    await test.registry.announce(recordOf("a"));
    await test.registry.announce(recordOf("b"));
    await test.registry.announce(recordOf("a", { state: "draining", ready: false, clients: 7, name: "ä {} \n up" }));
    const roster = [...(await test.other.roster())].sort((x, y) => x.id.localeCompare(y.id));
    expect(roster).toEqual([
      recordOf("a", { state: "draining", ready: false, clients: 7, name: "ä {} \n up" }),
      recordOf("b"),
    ]);
  });

  it(`${name} drops a node from the roster that is silent, and takes it back when it speaks`, async () => {
    await using test = await create();
    await test.registry.announce(recordOf("a"));
    await expect
      .poll(async () => {
        await test.registry.announce(recordOf("b"));
        return ids(await test.registry.roster());
      })
      .toEqual(["b"]);
    // Silent, but not swept: it is still known.
    expect(await test.registry.announce(recordOf("a"))).toBe(true);
    expect(ids(await test.registry.roster())).toEqual(["a", "b"]);
  });

  it(`${name} forgets a node that withdraws, with what it left`, async () => {
    await using test = await create();
    await live(test, "a");
    await live(test, "b");
    await test.registry.withdraw("a");
    expect(ids(await test.registry.roster())).toEqual(["b"]);
    expect(await holdersOf(test.streams)).toEqual(["b"]);
    expect((await test.sessions.ofUser("42")).map(({ node }) => node)).toEqual(["b"]);
    expect(await test.registry.announce(recordOf("a"))).toBe(false);
  });

  it(`${name} withdraws an unknown node without complaint`, async () => {
    await using test = await create();
    await expect(test.registry.withdraw("nobody")).resolves.toBeUndefined();
  });

  it(`${name} sweeps what a dead node left, and nothing of the living`, async () => {
    await using test = await create();
    await live(test, "dead");
    await live(test, "alive");
    expect(await test.registry.sweep()).toEqual([]);
    expect(await holdersOf(test.streams)).toEqual(["alive", "dead"]);
    const swept: string[] = [];
    await expect
      .poll(async () => {
        await test.registry.announce(recordOf("alive"));
        swept.push(...(await test.registry.sweep()));
        return swept;
      })
      .toEqual(["dead"]);
    expect(await holdersOf(test.streams)).toEqual(["alive"]);
    expect((await test.sessions.ofUser("42")).map(({ node }) => node)).toEqual(["alive"]);
    expect(await test.sessions.channelsOf("client of dead")).toEqual([]);
    expect(ids(await test.registry.roster())).toEqual(["alive"]);
  });

  it(`${name} lets several nodes sweep at once; each dead node is told once`, async () => {
    await using test = await create();
    for (const node of ["dead-1", "dead-2", "dead-3"]) await live(test, node);
    const swept: string[] = [];
    await expect
      .poll(async () => {
        const rounds = [test.registry, test.other, test.registry, test.other].map((registry) => registry.sweep());
        swept.push(...(await Promise.all(rounds)).flat());
        return [...swept].sort();
      })
      .toEqual(["dead-1", "dead-2", "dead-3"]);
    expect(await holdersOf(test.streams)).toEqual([]);
    expect(await test.sessions.ofUser("42")).toEqual([]);
  });

  it(`${name} tells a node that comes back after a sweep that it is not known`, async () => {
    await using test = await create();
    await live(test, "frozen");
    await expect.poll(() => test.other.sweep()).toEqual(["frozen"]);
    expect(await test.registry.announce(recordOf("frozen"))).toBe(false);
    expect(ids(await test.registry.roster())).toEqual(["frozen"]);
    expect(await test.other.sweep()).toEqual([]);
  });
}
