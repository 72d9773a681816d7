import type { EventSink } from "@bellwire/hub";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createShop } from "../orders/shop.ts";
import { createMemoryOrderStore } from "../store/memory-order-store.ts";
import type { Outbox } from "../store/outbox.ts";
import { relayRound } from "./round.ts";

/** What the broker does with a publish: takes and confirms it, takes it and loses the confirm, or refuses it. */
type Mood = "confirm" | "lose the confirm" | "refuse";

/** A broker whose moods are dealt out; it is well again once they are used up. */
function moodyBroker(moods: readonly Mood[]) {
  const taken: { key: string; id: string }[] = [];
  let publishes = 0;
  const sink: EventSink = {
    async publish({ routingKey, body }) {
      const mood = moods[publishes++] ?? "confirm";
      await (publishes % 3 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined);
      if (mood !== "refuse") taken.push({ key: routingKey, id: JSON.parse(body).id });
      if (mood !== "confirm") throw new Error(mood);
    },
  };
  return { sink, taken };
}

const steps = ["approved", "shipped", "delivered"] as const;

async function shopWith(orders: number) {
  const store = createMemoryOrderStore();
  let count = 0;
  const shop = createShop({ store, now: () => 0, newId: () => `id-${++count}`, wake: () => undefined });
  const ids = Array.from({ length: orders }, (_, index) => `o-${index}`);
  for (const orderId of ids) await shop.place({ customerId: "ana", orderId });
  for (const status of steps) for (const orderId of ids) await shop.move({ orderId, status });
  return { store, ids };
}

const moods = fc.array(fc.constantFrom<Mood>("confirm", "lose the confirm", "refuse"), { maxLength: 60 });

it("loses nothing and lets no step overtake another of its order, whatever the broker refuses or a crash repeats", async () => {
  await fc.assert(
    fc.asyncProperty(
      moods,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 12 }),
      async (dealt, orders, window) => {
        const { store, ids } = await shopWith(orders);
        const broker = moodyBroker(dealt);
        const limit = dealt.length + orders * 8;
        let rounds = 0;
        while ((await store.outbox.length()) > 0 && rounds < limit) {
          rounds += 1;
          // A relay that dies after the confirms and before the removal leaves the outbox as it was.
          const dies = dealt[rounds] === "lose the confirm";
          const outbox = dies ? dying(store.outbox) : store.outbox;
          await relayRound({ outbox, sink: broker.sink, window, source: "test" });
        }
        expect(await store.outbox.length()).toBe(0);
        for (const orderId of ids) {
          const seen = new Set(broker.taken.filter(({ key }) => key === `order.${orderId}`).map(({ id }) => id));
          expect([...seen]).toEqual([1, 2, 3, 4].map((version) => `${orderId}.${version}`));
        }
      },
    ),
    { numRuns: 200 },
  );
});

function dying(outbox: Outbox): Pick<Outbox, "read" | "remove"> {
  return { read: (limit: number) => outbox.read(limit), remove: async () => undefined };
}

it("publishes promotions and orders at once, up to the window", async () => {
  const { store } = await shopWith(5);
  let inFlight = 0;
  let most = 0;
  const sink: EventSink = {
    async publish() {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
    },
  };
  const round = await relayRound({ outbox: store.outbox, sink, window: 4, source: "test" });
  expect(round).toEqual({ published: 4, failed: 0 });
  expect(most).toBe(4);
});
