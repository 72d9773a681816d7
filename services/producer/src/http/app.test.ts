import { createLog, createMetrics } from "@bellwire/runtime";
import { describe, expect, it } from "vitest";
import { createShop } from "../orders/shop.ts";
import { createMemoryOrderStore } from "../store/memory-order-store.ts";
import type { OrderStore, StoreLimits } from "../store/order-store.ts";
import { createHttp } from "./app.ts";

async function startApp(limits: Partial<StoreLimits> = {}, store: OrderStore = createMemoryOrderStore(limits)) {
  let count = 0;
  const shop = createShop({ store, now: () => 0, newId: () => `id-${++count}`, wake: () => undefined });
  const readiness = async () => ({ ready: true, detail: { outbox: await store.outbox.length() } });
  const metrics = createMetrics({ processMetrics: false });
  const app = await createHttp({ shop, store, metrics, readiness, log: createLog("test", "silent").log });
  return {
    store,
    post: (url: string, payload: unknown, headers = {}) =>
      app.inject({
        method: "POST",
        url,
        headers: { "content-type": "application/json", ...headers },
        payload: JSON.stringify(payload),
      }),
    get: (url: string) => app.inject({ method: "GET", url }),
    [Symbol.asyncDispose]: async () => app.close(),
  };
}

describe("an order over HTTP", () => {
  it("is placed with 201, moves with 200, and is shown with its steps", async () => {
    await using app = await startApp();
    const placed = await app.post("/orders", { customerId: "ana", items: [{ name: "Lamp" }] });
    expect(placed.statusCode).toBe(201);
    expect(placed.json()).toMatchObject({
      orderId: "id-1",
      status: "placed",
      version: 1,
      items: [{ name: "Lamp", quantity: 1 }],
    });
    const moved = await app.post("/orders/id-1/status", { status: "approved" });
    expect([moved.statusCode, moved.json().version]).toEqual([200, 2]);
    expect((await app.get("/orders/id-1")).json().steps).toHaveLength(2);
    expect((await app.get("/customers")).json()).toEqual({ customers: [{ customerId: "ana", orders: 1 }] });
    expect((await app.get("/customers/ana/orders")).json().orders[0].orderId).toBe("id-1");
  });

  it("tells the customer's name and segment, which stay as they were where a later order leaves them out", async () => {
    await using app = await startApp();
    const told = async () => (await app.get("/customers")).json().customers;
    await app.post("/orders", { customerId: "ana", customer: { name: " Ana Souza ", segment: "vip" } });
    expect(await told()).toEqual([{ customerId: "ana", name: "Ana Souza", segment: "vip", orders: 1 }]);
    await app.post("/orders", { customerId: "ana", customer: { segment: "gold" } });
    await app.post("/orders", { customerId: "ana" });
    expect(await told()).toEqual([{ customerId: "ana", name: "Ana Souza", segment: "gold", orders: 3 }]);
  });

  it("answers an illegal step with 409 and the legal ones", async () => {
    await using app = await startApp();
    await app.post("/orders", { customerId: "ana", orderId: "o-1" });
    const refused = await app.post("/orders/o-1/status", { status: "delivered" });
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toEqual({
      error: "the order is placed: approved or cancelled may follow",
      status: "placed",
      legal: ["approved", "cancelled"],
    });
  });

  it("is the same order for the same orderId or Idempotency-Key, and nobody else's", async () => {
    await using app = await startApp();
    expect((await app.post("/orders", { customerId: "ana", orderId: "o-1" })).statusCode).toBe(201);
    expect((await app.post("/orders", { customerId: "ana", orderId: "o-1" })).statusCode).toBe(200);
    expect((await app.post("/orders", { customerId: "bob", orderId: "o-1" })).statusCode).toBe(409);
    const key = { "idempotency-key": "k-1" };
    const first = await app.post("/orders", { customerId: "ana" }, key);
    const second = await app.post("/orders", { customerId: "ana" }, key);
    expect([first.statusCode, second.statusCode]).toEqual([201, 200]);
    expect(second.json()).toEqual(first.json());
    await app.post("/orders/o-1/status", { status: "approved" }, key);
    expect((await app.post("/orders/o-1/status", { status: "approved" }, key)).statusCode).toBe(200);
    expect(await app.store.outbox.length()).toBe(3);
  });

  it.each([
    ["/orders", {}, "customerId"],
    ["/orders", { customerId: "a b" }, "customerId"],
    ["/orders", { customerId: "ana", items: [{ name: "", quantity: 0 }] }, "items.0.name"],
    ["/orders", { customerId: "ana", customer: { name: "x".repeat(81) } }, "customer.name"],
    ["/orders", { customerId: "ana", customer: { segment: "a#b" } }, "customer.segment"],
    ["/orders", "x", "body"],
    ["/orders/o-1/status", { status: "lost" }, "status"],
    ["/promos", { title: "T" }, "body"],
  ])("refuses POST %s %j with the field and the reason", async (url, body, field) => {
    await using app = await startApp();
    const refused = await app.post(url, body);
    expect(refused.statusCode).toBe(400);
    expect(refused.json().issues[0]).toEqual({ field, reason: expect.stringMatching(/./) });
  });

  it("refuses what is no JSON, an unknown order and an unknown path in words", async () => {
    await using app = await startApp();
    expect((await app.post("/orders", undefined)).statusCode).toBe(400);
    expect((await app.post("/orders/none/status", { status: "approved" })).statusCode).toBe(404);
    expect((await app.get("/orders/none")).json()).toEqual({ error: "no such order" });
    expect((await app.get("/nowhere")).statusCode).toBe(404);
  });
});

describe("the shop over HTTP", () => {
  it("takes promotions, to all where no segment is named", async () => {
    await using app = await startApp();
    const taken = await app.post("/promos", { title: "T", body: "B" });
    expect([taken.statusCode, taken.json()]).toEqual([202, { id: "id-1" }]);
    expect((await app.store.outbox.read(1))[0]?.fact).toMatchObject({ kind: "promo", segment: "all" });
  });

  it("answers 503 with Retry-After while the outbox is full or the store is away", async () => {
    await using full = await startApp({ maxOutbox: 0 });
    for (const [url, body] of [
      ["/orders", { customerId: "ana" }],
      ["/promos", { title: "T", body: "B" }],
    ] as const) {
      const refused = await full.post(url, body);
      expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([503, "2"]);
    }
    const away = createMemoryOrderStore();
    away.advance = () => Promise.reject(new Error("connection is closed"));
    await using broken = await startApp({}, away);
    expect((await broken.post("/orders", { customerId: "ana" })).statusCode).toBe(503);
  });

  it("describes itself", async () => {
    await using app = await startApp();
    const { paths } = (await app.get("/openapi.json")).json();
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(["/orders", "/orders/{id}/status", "/promos"]));
    expect((await app.get("/live")).statusCode).toBe(200);
    expect((await app.get("/ready")).json()).toEqual({ ready: true, outbox: 0 });
    expect((await app.get("/metrics")).statusCode).toBe(200);
  });
});
