import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { createRemoteKeys, createTokenVerifier, type RemoteKeysLimits } from "./index.ts";

const limits: RemoteKeysLimits = {
  ...{ maxAgeMs: 1_000, maxStaleMs: 10_000, cooldownMs: 100, timeoutMs: 2_000 },
  ...{ bytes: 4_096, keys: 4 },
};

function keyNamed(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { jwk: { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "EdDSA" }, kid, privateKey };
}
const first = keyNamed("first");
const second = keyNamed("second");
const token = ({ kid, privateKey }: typeof first) =>
  new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "EdDSA", kid }).sign(privateKey);

/** An identity provider that publishes `keys`, and a verifier that knows it by its URL. */
async function startProvider() {
  const state = { keys: [first.jwk] as unknown[], status: 200, requests: 0, body: undefined as string | undefined };
  const time = { now: 0 };
  const server = createServer((_request, response) => {
    state.requests += 1;
    response.writeHead(state.status, { location: "/elsewhere" });
    response.end(state.body ?? JSON.stringify({ keys: state.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const outcomes: string[] = [];
  const { port } = server.address() as AddressInfo;
  const remote = createRemoteKeys({
    url: `http://127.0.0.1:${port}/keys`,
    limits,
    now: () => time.now,
    fetched: (outcome) => outcomes.push(outcome),
  });
  const verifier = createTokenVerifier({ keys: [], remote, now: Date.now });
  const asks = async (key: typeof first) => {
    const verdict = await verifier.connection(await token(key));
    return verdict.ok ? "ok" : verdict.cause;
  };
  return {
    ...{ state, time, outcomes, asks },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("published keys", () => {
  it("are asked for once, however many tokens come", async () => {
    await using provider = await startProvider();
    expect(await Promise.all(Array.from({ length: 20 }, () => provider.asks(first)))).toEqual(Array(20).fill("ok"));
    expect(provider.state.requests).toBe(1);
  });

  it("are asked for again when a token names a new one, at most once per cooldown", async () => {
    await using provider = await startProvider();
    await provider.asks(first);
    provider.state.keys = [first.jwk, second.jwk];
    expect(await provider.asks(second)).toBe("invalid");
    provider.time.now = 150;
    expect(await provider.asks(second)).toBe("ok");
    const unknown = keyNamed("third");
    expect(await Promise.all(Array.from({ length: 50 }, () => provider.asks(unknown)))).toEqual(
      Array(50).fill("invalid"),
    );
    expect(provider.state.requests).toBe(2);
  });

  it("that were withdrawn are no longer good once the set has been read anew", async () => {
    await using provider = await startProvider();
    await provider.asks(first);
    provider.state.keys = [second.jwk];
    provider.time.now = 1_100;
    expect(await provider.asks(first)).toBe("ok");
    await expect.poll(() => provider.outcomes).toEqual(["ok", "ok"]);
    expect(await provider.asks(first)).toBe("invalid");
  });

  it("go on serving while the provider is away, for a bounded time", async () => {
    await using provider = await startProvider();
    await provider.asks(first);
    provider.state.status = 500;
    provider.time.now = 9_000;
    expect(await provider.asks(first)).toBe("ok");
    await expect.poll(() => provider.outcomes).toEqual(["ok", "failed"]);
    provider.time.now = 10_001;
    expect(await provider.asks(first)).toBe("unavailable");
    provider.state.status = 200;
    provider.time.now = 10_200;
    expect(await provider.asks(first)).toBe("ok");
  });

  it("that never came leave the token undecided, not refused", async () => {
    await using provider = await startProvider();
    provider.state.status = 503;
    expect(await provider.asks(first)).toBe("unavailable");
  });

  it.each([
    ["is too large", { body: `{"keys":[],"x":"${"x".repeat(5_000)}"}` }],
    ["is no JSON", { body: "<html>" }],
    ["is no set", { body: '{"keys":{}}' }],
    ["sends us elsewhere", { status: 302 }],
  ])("are not taken from an answer that %s", async (_name, answer) => {
    await using provider = await startProvider();
    Object.assign(provider.state, answer);
    expect(await provider.asks(first)).toBe("unavailable");
  });

  it("are only those that may verify a token: no secrets, no encryption keys, no more than the limit", async () => {
    await using provider = await startProvider();
    const { jwk } = first;
    const secret = { kty: "oct", k: Buffer.from("secret").toString("base64url"), kid: "first" };
    provider.state.keys = [null, { kty: "RSA" }, secret, { ...jwk, use: "enc" }, jwk];
    expect(await provider.asks(first)).toBe("invalid");
    provider.state.keys = [secret, { ...jwk, alg: "RS256" }, { ...jwk, use: "enc" }, jwk];
    provider.time.now = 200;
    expect(await provider.asks(first)).toBe("ok");
  });
});
