import type { SessionRecord, Sessions, Streams } from "@bellwire/hub";
import { ChannelName } from "@bellwire/protocol";
import { expect, it } from "vitest";

/** Sessions and streams over one store of their own; `reconcile` grants no grace to young holder entries. */
export interface TestSessions extends AsyncDisposable {
  readonly sessions: Sessions;
  readonly streams: Streams;
  wipe(): Promise<void>;
}

const orders = ChannelName.parse("orders:user#42");
const promo = ChannelName.parse("promo:all");
const product = ChannelName.parse("product:1");

const sessionOf = (client: string, node = "node-a", user = "42"): SessionRecord => ({
  client,
  user,
  node,
  since: 1_700_000_000_000,
});

/** What every Sessions promises. */
export function describeSessionsContract(name: string, create: () => Promise<TestSessions>): void {
  const byClient = (records: readonly SessionRecord[]) => records.map(({ client }) => client).sort();
  const holdersOf = async (streams: Streams, channel: ChannelName) => {
    const history = { size: 0, ttlMs: 0 };
    const appended = await streams.append({ channel, data: "1", dedupMs: 0, versionTtlMs: 1_000, history });
    return "holders" in appended ? [...appended.holders].sort() : [];
  };

  it(`${name} tells a user's sessions on all nodes, and no other user's`, async () => {
    await using test = await create();
    const mine = [sessionOf("c1", "node-a"), sessionOf("c2", "node-b")];
    for (const session of [...mine, sessionOf("c3", "node-a", "43"), sessionOf("c4", "node-a", "4{2}")])
      await test.sessions.opened(session);
    const found = await test.sessions.ofUser("42");
    expect([...found].sort((a, b) => a.client.localeCompare(b.client))).toEqual(mine);
    expect(byClient(await test.sessions.ofUser("4{2}"))).toEqual(["c4"]);
    expect(await test.sessions.ofUser("nobody")).toEqual([]);
  });

  it(`${name} forgets a session that closed, with its subscriptions`, async () => {
    await using test = await create();
    await test.sessions.opened(sessionOf("c1"));
    await test.sessions.subscribed("c1", orders);
    await test.sessions.closed(sessionOf("c1"));
    expect(await test.sessions.ofUser("42")).toEqual([]);
    expect(await test.sessions.channelsOf("c1")).toEqual([]);
  });

  it(`${name} tells what a session is subscribed to`, async () => {
    await using test = await create();
    await test.sessions.opened(sessionOf("c1"));
    await test.sessions.subscribed("c1", orders);
    await test.sessions.subscribed("c1", promo);
    await test.sessions.unsubscribed("c1", orders);
    await test.sessions.unsubscribed("c1", product);
    expect(await test.sessions.channelsOf("c1")).toEqual([promo]);
    expect(await test.sessions.channelsOf("unknown")).toEqual([]);
  });

  it(`${name} carries out the writes of one caller in order, awaited or not`, async () => {
    await using test = await create();
    const writes: Array<Promise<void>> = [];
    for (let round = 0; round < 50; round++) {
      writes.push(test.sessions.opened(sessionOf(`c${round}`)), test.sessions.subscribed(`c${round}`, orders));
      if (round % 2) writes.push(test.sessions.unsubscribed(`c${round}`, orders));
      if (round % 3) writes.push(test.sessions.closed(sessionOf(`c${round}`)));
    }
    await Promise.all(writes);
    expect(await test.sessions.ofUser("42")).toHaveLength(17);
    expect(await test.sessions.channelsOf("c0")).toEqual([orders]);
    expect(await test.sessions.channelsOf("c1")).toEqual([]);
    expect(await test.sessions.channelsOf("c3")).toEqual([]);
  });

  it(`${name} does not know a session by a subscription alone`, async () => {
    await using test = await create();
    await test.sessions.subscribed("ghost", orders);
    expect(await test.sessions.channelsOf("ghost")).toEqual([]);
  });

  it(`${name} reconciles: what is missing comes back`, async () => {
    await using test = await create();
    await test.sessions.opened(sessionOf("c1"));
    await test.streams.join(orders, "node-a", { limit: 0 });
    await test.wipe();
    await test.sessions.reconcile("node-a", [
      { session: sessionOf("c1"), channels: [orders, promo] },
      { session: sessionOf("c2"), channels: [promo] },
    ]);
    expect(byClient(await test.sessions.ofUser("42"))).toEqual(["c1", "c2"]);
    expect([...(await test.sessions.channelsOf("c1"))].sort()).toEqual([orders, promo]);
    expect(await holdersOf(test.streams, orders)).toEqual(["node-a"]);
    expect(await holdersOf(test.streams, promo)).toEqual(["node-a"]);
  });

  it(`${name} reconciles: what is not true goes, and other nodes' entries stay`, async () => {
    await using test = await create();
    for (const session of [sessionOf("c1"), sessionOf("c2"), sessionOf("c3", "node-b")]) {
      await test.sessions.opened(session);
      await test.sessions.subscribed(session.client, orders);
      await test.sessions.subscribed(session.client, product);
      for (const channel of [orders, product]) await test.streams.join(channel, session.node, { limit: 0 });
    }
    await test.sessions.reconcile("node-a", [{ session: sessionOf("c1"), channels: [promo, product] }]);
    expect(byClient(await test.sessions.ofUser("42"))).toEqual(["c1", "c3"]);
    expect([...(await test.sessions.channelsOf("c1"))].sort()).toEqual([product, promo].sort());
    expect(await test.sessions.channelsOf("c2")).toEqual([]);
    expect([...(await test.sessions.channelsOf("c3"))].sort()).toEqual([orders, product].sort());
    expect(await holdersOf(test.streams, orders)).toEqual(["node-b"]);
    expect(await holdersOf(test.streams, product)).toEqual(["node-a", "node-b"]);
    expect(await holdersOf(test.streams, promo)).toEqual(["node-a"]);
  });

  it(`${name} reconciles more sessions than fit in one slice, and to none`, async () => {
    await using test = await create();
    const truth = Array.from({ length: 700 }, (_, index) => ({
      session: sessionOf(`c${index}`, "node-a", `u${index}`),
      channels: [ChannelName.parse(`orders:user#${index}`), promo],
    }));
    await test.sessions.reconcile("node-a", truth);
    expect(byClient(await test.sessions.ofUser("u699"))).toEqual(["c699"]);
    expect(await holdersOf(test.streams, ChannelName.parse("orders:user#699"))).toEqual(["node-a"]);
    await test.sessions.reconcile("node-a", []);
    for (const index of [0, 350, 699]) {
      expect(await test.sessions.ofUser(`u${index}`)).toEqual([]);
      expect(await holdersOf(test.streams, ChannelName.parse(`orders:user#${index}`))).toEqual([]);
    }
    expect(await holdersOf(test.streams, promo)).toEqual([]);
  });

  it(`${name} does not take a channel from a node that joins it while it reconciles`, async () => {
    await using test = await create();
    await test.streams.join(orders, "node-a", { limit: 0 });
    let joined: Promise<unknown> = Promise.resolve();
    const truth = (function* () {
      joined = test.streams.join(promo, "node-a", { limit: 0 });
      yield { session: sessionOf("c1"), channels: [product] };
    })();
    await test.sessions.reconcile("node-a", truth);
    await joined;
    expect(await holdersOf(test.streams, promo)).toEqual(["node-a"]);
    expect(await holdersOf(test.streams, orders)).toEqual([]);
  });

  it(`${name} does not revive a session that closes while it reconciles`, async () => {
    await using test = await create();
    const live = new Map(
      Array.from({ length: 600 }, (_, index) => [`c${index}`, sessionOf(`c${index}`, "node-a", `u${index}`)] as const),
    );
    let closing: Promise<unknown> | undefined;
    const truth = (function* () {
      for (const session of live.values()) {
        yield { session, channels: [] };
        const last = live.get("c599");
        if (session.client !== "c10" || !last) continue;
        live.delete("c10");
        live.delete("c599");
        closing = Promise.all([test.sessions.closed(session), test.sessions.closed(last)]);
      }
    })();
    await test.sessions.reconcile("node-a", truth);
    await closing;
    expect(await test.sessions.ofUser("u10")).toEqual([]);
    expect(await test.sessions.ofUser("u599")).toEqual([]);
    expect(byClient(await test.sessions.ofUser("u598"))).toEqual(["c598"]);
  });
}
