import { describe, expect, it } from "vitest";
import {
  createTicketSigner,
  createTicketVerifier,
  createTokenSigner,
  createTokenVerifier,
  secretKey,
} from "./index.ts";

const secret = "a-secret-of-the-tests";
const time = { now: 1_700_000_000_000 };
const now = () => time.now;
const sign = createTicketSigner({ secret, now });
const verify = createTicketVerifier({ secret, node: "node-1", now });

describe("a ticket", () => {
  it("is good on its node until it expires", () => {
    const ticket = sign({ node: "node-1", ttlMs: 30_000 });
    expect(verify(ticket)).toBe("good");
    expect(createTicketVerifier({ secret, node: "node-1", now: () => time.now + 29_999 })(ticket)).toBe("good");
    expect(createTicketVerifier({ secret, node: "node-1", now: () => time.now + 30_000 })(ticket)).toBe("expired");
  });

  it("of another node is told apart from a bad one", () => {
    expect(verify(sign({ node: "node-2", ttlMs: 30_000 }))).toBe("elsewhere");
  });

  it.each([
    ["is empty", ""],
    ["is no ticket", "a.b.c"],
    ["is too long", "x".repeat(2_000)],
    ["was signed with another secret", createTicketSigner({ secret: "another", now })({ node: "node-1", ttlMs: 9 })],
    [
      "was changed",
      sign({ node: "node-1", ttlMs: 30_000 }).replace(/\.[^.]+\./, `.${btoa('{"node":"node-1","exp":9e9}')}.`),
    ],
    ["has its signature cut", sign({ node: "node-1", ttlMs: 30_000 }).slice(0, -4)],
    ["has a part more", `${sign({ node: "node-1", ttlMs: 30_000 })}.x`],
  ])("that %s is invalid", (_name, ticket) => {
    expect(verify(ticket)).toBe("invalid");
  });

  it("is no connection token, and a connection token is no ticket, under the same secret", async () => {
    const tokens = createTokenVerifier({ keys: [secretKey(secret)], now: Date.now });
    const ticket = createTicketSigner({ secret, now: Date.now })({ node: "node-1", ttlMs: 30_000 });
    expect(await tokens.connection(ticket)).toEqual({ ok: false, cause: "invalid" });
    expect(verify(await createTokenSigner(secret)({ sub: "ada", ttlSeconds: 60 }))).toBe("invalid");
  });
});
