import type { Gate } from "@bellwire/hub";
import { describe, expect, it } from "vitest";
import { createWorld } from "./fixture.ts";
import { createManualClock } from "./manual-clock.ts";

/** A connection that is good for a minute, once it has begun and each time that it is refreshed. */
function minutes() {
  const clock = createManualClock();
  const admitted = async () => ({ ok: true, identity: { user: "ada" }, expiresAt: clock.now() + 60_000 }) as const;
  const gate: Partial<Gate> = {
    connect: admitted,
    async refresh(_caller, token) {
      if (token === "expired") return { ok: false, close: "expired" };
      if (token === "forged") return { ok: false, close: "invalidToken" };
      return token === "bob" ? { ok: true, identity: { user: "bob" } } : admitted();
    },
  };
  return { clock, world: createWorld({ clock, gate }) };
}

describe("a connection whose token expires", () => {
  it("says when, takes a new token of the same user, and lives on", async () => {
    const { clock, world } = minutes();
    using _ = world;
    const client = world.client(world.node("node-0"));
    expect(await client.call("connect", { token: "ada" })).toMatchObject({ connect: { expires: true, ttl: 60 } });
    for (let minute = 1; minute <= 3; minute += 1) {
      for (const seconds of [25, 25]) {
        await clock.advance(seconds * 1_000);
        client.raw("{}");
      }
      const { refresh } = await client.call("refresh", { token: "ada" });
      expect(refresh).toEqual({ client: "client-1", version: "test", expires: true, ttl: 60 });
    }
    expect(client.closedWith).toBeUndefined();
  });

  it("ends a connection that was not refreshed in time with 3005, some time after", async () => {
    const { clock, world } = minutes();
    using _ = world;
    const client = await world.client(world.node("node-0")).connected("ada");
    for (const seconds of [25, 25, 25]) {
      await clock.advance(seconds * 1_000);
      client.raw("{}");
    }
    expect(client.closedWith).toBeUndefined();
    await clock.advance(40_000);
    expect(client.closedWith).toEqual({ code: 3005, reason: "connection expired" });
  });

  it.each([
    ["an expired one", "expired", { code: 3005, reason: "connection expired" }],
    ["one that cannot be verified", "forged", { code: 3500, reason: "invalid token" }],
    ["one of another user", "bob", { code: 3500, reason: "invalid token" }],
  ])("ends with %s", async (_what, token, close) => {
    const { world } = minutes();
    using _ = world;
    const client = await world.client(world.node("node-0")).connected("ada");
    client.raw(`{"id":9,"refresh":{"token":"${token}"}}`);
    await expect.poll(() => client.closedWith).toEqual(close);
  });

  it("is answered 107 without a token", async () => {
    const { world } = minutes();
    using _ = world;
    const client = await world.client(world.node("node-0")).connected("ada");
    expect((await client.call("refresh")).error?.code).toBe(107);
  });
});
