import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { Shop } from "./shop.ts";

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const LONG = { timeout: 20_000 };

describe.each(inject("backends"))("on $name", (backend) => {
  let cluster: Cluster;
  let shop: Shop;
  beforeAll(async () => {
    cluster = await Cluster.start(backend);
    shop = await Shop.open(cluster);
  });
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  it("a shop without our code reaches its customer with a plain CloudEvent", async () => {
    const ada = await new Customer(cluster, "plain-ada").live();
    await shop.order("plain-ada", "plain-1", { status: "placed", version: 1 });
    await expect
      .poll(() => ada.seen.map(({ data }) => data), LONG)
      .toEqual([
        {
          type: "order.status",
          id: "plain-1.1",
          orderId: "plain-1",
          customerId: "plain-ada",
          status: "placed",
          version: 1,
          at: "2026-11-22T10:00:00Z",
        },
      ]);
  });

  it("a promotion reaches all, or its segment alone", async () => {
    const [all, gold] = [new Customer(cluster, "p1", "promo:all"), new Customer(cluster, "p2", "promo:seg-gold")];
    await Promise.all([all.live(), gold.live()]);
    await shop.promo("all", "promo-a");
    await shop.promo("gold", "promo-g");
    await expect
      .poll(() => [all, gold].map(({ seen }) => seen.map(({ data }) => data.id)), LONG)
      .toEqual([["promo-a"], ["promo-g"]]);
    expect(gold.seen[0]?.data).toMatchObject({
      type: "promo.published",
      segment: "gold",
      title: "Sale promo-g",
      body: "Everything must go",
    });
  });

  it("promise 1: accepted means delivered, also to who comes back within the history window", async () => {
    const ada = await new Customer(cluster, "p1-ada").live();
    await shop.order("p1-ada", "p1", { status: "placed", version: 1 });
    await expect.poll(() => ada.versions, LONG).toEqual([1]);
    ada.client.disconnect();
    for (const version of range(2, 30)) await shop.order("p1-ada", "p1", { status: "approved", version });
    ada.client.connect();
    await expect.poll(() => ada.versions, LONG).toEqual(range(1, 30));
    ada.expectUnbroken();
    expect(ada.recoveries).toEqual([true]);
  });

  it("promise 1: who comes back after the window is told to reload", async () => {
    const ada = await new Customer(cluster, "late-ada").live();
    await shop.order("late-ada", "late", { status: "placed", version: 1 });
    await expect.poll(() => ada.versions, LONG).toEqual([1]);
    ada.client.disconnect();
    await Promise.all(range(2, 300).map((version) => shop.order("late-ada", "late", { status: "approved", version })));
    await expect
      .poll(
        () =>
          cluster
            .api<{ offset: number }>("history", { channel: "orders:user#late-ada" })
            .then(({ result }) => result?.offset),
        LONG,
      )
      .toBe(300);
    ada.client.connect();
    await expect.poll(() => ada.recoveries, LONG).toEqual([false]);
    expect(ada.versions).toEqual([1]);
  });

  it("promise 2: in order and once, for customers on every node, with many orders at once", async () => {
    const customers = await Promise.all(range(1, 12).map((number) => new Customer(cluster, `p2-${number}`).live()));
    expect(new Set(customers.map(({ node }) => node)).size).toBe(3);
    const stories = customers.flatMap(({ id }) =>
      ["a", "b", "c"].map(async (order) => {
        for (const version of range(1, 10)) await shop.order(id, `${id}-${order}`, { status: "approved", version });
      }),
    );
    await Promise.all(stories);
    await expect.poll(() => customers.map(({ seen }) => seen.length), LONG).toEqual(customers.map(() => 30));
    for (const customer of customers) {
      customer.expectUnbroken();
      for (const order of ["a", "b", "c"]) {
        const versions = customer.seen
          .filter(({ data }) => data.orderId.endsWith(order))
          .map(({ data }) => data.version);
        expect(versions).toEqual(range(1, 10));
      }
    }
  });

  it("promise 3: an order never runs backward, wherever an old version comes from", async () => {
    const ada = await new Customer(cluster, "p3-ada").live();
    for (const version of [1, 2, 5, 3, 4, 5, 6])
      await shop.order("p3-ada", "p3", { status: "approved", version, id: `p3-${version}-${Math.random()}` });
    await shop.order("p3-ada", "p3-other", { status: "placed", version: 1 });
    const versionsOf = (order: string) =>
      ada.seen.filter(({ data }) => data.orderId === order).map(({ data }) => data.version);
    await expect.poll(() => [versionsOf("p3"), versionsOf("p3-other")], LONG).toEqual([[1, 2, 5, 6], [1]]);
    ada.expectUnbroken();
  });

  it("promise 4: the same event has the same effect once, over AMQP and over the API", async () => {
    const ada = await new Customer(cluster, "p4-ada").live();
    for (const _ of range(1, 3)) await shop.order("p4-ada", "p4", { status: "placed", version: 1, id: "the-same" });
    const publish = () =>
      cluster.api("publish", { channel: "orders:user#p4-ada", data: { version: 99 }, idempotency_key: "once" });
    const [first, second] = [await publish(), await publish()];
    expect(second).toEqual(first);
    await expect.poll(() => ada.versions, LONG).toEqual([1, 99]);
  });

  it("promise 9: bad events go to bellwire.dead with the reason, and the next ones flow", async () => {
    const ada = await new Customer(cluster, "p9-ada").live();
    const event = { specversion: "1.0", id: "x", source: "s", type: "order.status", time: "2026-11-22T10:00:00Z" };
    const bad: ReadonlyArray<readonly [string | object, RegExp]> = [
      ["{not json", /JSON/i],
      [{ ...event, type: "order.exploded", data: {} }, /type/],
      [{ ...event, data: { orderId: "o", status: "placed", version: 1 } }, /customerId/],
      [{ ...event, data: { orderId: "o", customerId: "a b#c", status: "placed", version: 1 } }, /customerId/],
      [{ ...event, data: { orderId: "o", customerId: "ada", status: "teleported", version: 1 } }, /status/],
      [{ ...event, data: { orderId: "o", customerId: "ada", status: "placed", version: 0 } }, /version/],
      [
        { ...event, data: { orderId: "o", customerId: "ada", status: "placed", version: 1, note: "x".repeat(70_000) } },
        /bytes|large|KiB/i,
      ],
    ];
    for (const [body] of bad) await shop.publish("order.o", body);
    await shop.order("p9-ada", "p9", { status: "placed", version: 1 });
    await expect.poll(() => ada.versions, LONG).toEqual([1]);
    const reasons: string[] = [];
    await expect
      .poll(async () => {
        const dead = await shop.takeDead();
        if (dead !== undefined) reasons.push(String(dead.headers["x-bellwire-reason"]));
        return reasons.length;
      }, LONG)
      .toBe(bad.length);
    for (const [, expected] of bad)
      expect(
        reasons.some((reason) => expected.test(reason)),
        `${expected} in ${reasons.join(" | ")}`,
      ).toBe(true);
  });
});
