import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { step } from "./orders-api.ts";
import { Shop } from "./shop.ts";

const LONG = { timeout: 20_000 };
const twelve = Array.from({ length: 12 }, (_, index) => index);

describe.each(inject("backends"))("on $name", (backend) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(backend, { producer: true });
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  it("the same API publish, at once through all nodes and again later, has its effect once and one answer", async () => {
    const ada = await new Customer(cluster, "api-ada").live();
    const request = { channel: "orders:user#api-ada", data: { version: 7 }, idempotency_key: "the-same" };
    const first = await Promise.all(twelve.map((index) => publishAt(cluster, index, request)));
    const later = await publishAt(cluster, 1, request);
    expect(new Set([...first, later].map((answer) => JSON.stringify(answer))).size).toBe(1);
    await publishAt(cluster, 2, { ...request, data: { version: 8 }, idempotency_key: "another" });
    await expect.poll(() => ada.versions, LONG).toEqual([7, 8]);
  });

  it("the same event, from many publishers at once, is seen once", async () => {
    const ada = await new Customer(cluster, "amqp-ada").live();
    const shops = await Promise.all([1, 2, 3].map(() => Shop.open(cluster)));
    await Promise.all(
      twelve.map((index) => shops[index % 3]?.order("amqp-ada", "o", { status: "placed", version: 1, id: "same" })),
    );
    await shops[0]?.order("amqp-ada", "o", { status: "approved", version: 2 });
    await expect.poll(() => ada.versions, LONG).toEqual([1, 2]);
    await Promise.all(shops.map((shop) => shop[Symbol.asyncDispose]()));
  });

  it("the same request to the shop, at once and again after its producer was killed, is one step", async () => {
    const ada = await new Customer(cluster, "shop-ada").live();
    const order = { customerId: "shop-ada", orderId: "shop-o", status: "placed", key: "place" };
    const placed = await Promise.all(twelve.map(() => step(cluster, order)));
    expect(placed.map(({ status }) => status).sort()).toEqual([...twelve.slice(1).map(() => 200), 201]);
    const approve = { ...order, status: "approved", key: "approve" };
    expect((await step(cluster, approve)).status).toBe(200);
    await cluster.producer?.signal("SIGKILL");
    await cluster.restartProducer();
    expect((await step(cluster, approve)).status).toBe(200);
    expect((await step(cluster, { ...order, status: "shipped", key: "ship" })).status).toBe(200);
    await expect.poll(() => ada.statuses, LONG).toEqual(["placed", "approved", "shipped"]);
    expect(ada.versions).toEqual([1, 2, 3]);
  });
});

async function publishAt({ nodes }: Cluster, index: number, request: object): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${nodes[index % nodes.length]?.port}/api/publish`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": "the-key-of-a-test-cluster" },
    body: JSON.stringify(request),
  });
  return answer.json();
}
