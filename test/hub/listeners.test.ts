import type { Refusal } from "@bellwire/hub";
import type { ErrorName } from "@bellwire/protocol";
import { describe, expect, it } from "vitest";
import { createWorld } from "./fixture.ts";

const peer = { transport: "uni_sse", headers: {} } as const;

describe("a client that only listens, and is turned away", () => {
  it.each<[ErrorName | { readonly code: number; readonly message: string }, number, string]>([
    ["tokenExpired", 3005, "connection expired"],
    ["expired", 3005, "connection expired"],
    ["tooManyRequests", 3013, "too many requests"],
    ["permissionDenied", 3507, "permission denied"],
    ["unauthorized", 3004, "internal server error"],
    [{ code: 1_000, message: "closed on Sundays" }, 3004, "internal server error"],
  ])("with error %j is ended with %i, since no reply would reach it", async (error, code, reason) => {
    const refusal: Refusal = { ok: false, error };
    using world = createWorld({ gate: { connect: async () => refusal } });
    const client = world.client(world.node("node-0"), peer);
    client.raw('{"id":1,"connect":{"token":"ada"}}');
    await expect.poll(() => client.closedWith).toEqual({ code, reason });
    expect(client.messages).toEqual([]);
  });
});
