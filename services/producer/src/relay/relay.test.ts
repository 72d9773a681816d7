import { expect, it } from "vitest";
import { readProducerConfig } from "../config.ts";
import { createMemoryOrderStore } from "../store/memory-order-store.ts";
import { Relay } from "./relay.ts";

it("stops although the broker does not answer, and leaves the event to the next relay", async () => {
  const store = createMemoryOrderStore(readProducerConfig({}).limits);
  await store.promote({ id: "p1", segment: "all", title: "Sale", body: "All", at: "2026-11-26T10:00:00Z" });
  const asked = Promise.withResolvers<void>();
  const answers = Promise.withResolvers<void>();
  const relay = new Relay({
    ...{ outbox: store.outbox, window: 10, source: "test", holder: "one", random: Math.random },
    sink: {
      publish: () => {
        asked.resolve();
        return answers.promise;
      },
    },
    observer: { published: () => undefined, failed: () => undefined },
  });
  await asked.promise;
  await relay[Symbol.asyncDispose]();
  expect(await store.outbox.length()).toBe(1);
  answers.resolve();
});
