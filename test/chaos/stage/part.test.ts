import { expect, it } from "vitest";
import { COLLECT_ON_SIGNAL } from "../../heap/collected.ts";
import { Part } from "./part.ts";

it("answers everybody who asks at the same time what a collection leaves", async () => {
  const part = new Part({
    ...{ name: "storefront", service: "storefront", onLine: () => undefined },
    env: () => ({
      NODE_ENV: "test",
      NODE_OPTIONS: COLLECT_ON_SIGNAL,
      BELLWIRE_STOREFRONT_PORT: "0",
      BELLWIRE_PRODUCER_URL: "http://127.0.0.1:1",
      BELLWIRE_PUBLIC_URL: "ws://127.0.0.1:1/connection/websocket",
      BELLWIRE_TOKEN_SECRET: "the-secret-of-a-part",
    }),
    onCrash: (how) => {
      throw new Error(how);
    },
  });
  await using closing = new AsyncDisposableStack();
  closing.defer(async () => void (await part.close()));
  await part.start();
  const collected = await Promise.all([part.collected(10_000), part.collected(10_000)]);
  for (const { live, resident } of collected.map((one) => one ?? { live: 0, resident: 0 })) {
    expect(live).toBeGreaterThan(1_000_000);
    expect(resident).toBeGreaterThan(live);
  }
  expect(await part.close()).toBe(0);
  expect(await part.collected(10_000)).toBeUndefined();
});
