import { createServer, type RequestListener, type Server } from "node:http";
import { createTokenVerifier, secretKey } from "@bellwire/auth";
import { createLog } from "@bellwire/runtime";
import { beforeAll, describe, expect, it } from "vitest";
import { ensurePage, readStorefrontConfig, startStorefront } from "./index.ts";

const secret = "a-secret-of-the-tests";
const { log } = createLog("storefront", "silent");

/** A producer that answers as told, and a storefront in front of it. */
async function open(answer: RequestListener, env: Readonly<Record<string, string>> = {}) {
  const stack = new AsyncDisposableStack();
  const producer = stack.adopt(createServer(answer), close);
  await new Promise<void>((resolve) => producer.listen(0, "127.0.0.1", resolve));
  const config = readStorefrontConfig({
    BELLWIRE_STOREFRONT_HOST: "127.0.0.1",
    BELLWIRE_STOREFRONT_PORT: "0",
    BELLWIRE_TOKEN_SECRET: secret,
    BELLWIRE_PRODUCER_URL: `http://127.0.0.1:${portOf(producer)}`,
    ...env,
  });
  const { port } = stack.use(await startStorefront(config, { log }));
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  return { get, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("not listening");
  return address.port;
}

const json = (body: unknown, status = 200): RequestListener => {
  return (_request, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

beforeAll(async () => {
  await ensurePage();
}, 60_000);

describe("the storefront", () => {
  it("serves the page uncached, its hashed files for ever, all with security headers", async () => {
    await using shop = await open(json({}));
    const page = await shop.get("/");
    const html = await page.text();
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|https?:\/\//);
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1];
    const asset = await shop.get(script ?? "no script in the page");
    expect(asset.headers.get("cache-control")).toContain("immutable");
    expect((await asset.text()).length).toBeGreaterThan(1_000);
  });

  it("tells the page where the cluster is", async () => {
    await using shop = await open(json({}), { BELLWIRE_PUBLIC_URL: "ws://127.0.0.1:9/connection/websocket" });
    const config = await shop.get("/config.json");
    expect(config.headers.get("content-security-policy")).toContain("connect-src 'self' ws://127.0.0.1:9;");
    expect(await config.json()).toEqual({
      shop: "Lumen & Oak",
      push: {
        urls: ["ws://127.0.0.1:9/connection/websocket"],
        port: 8000,
        path: "/connection/websocket",
        negotiate: false,
      },
    });
  });

  it("signs tokens that the cluster accepts", async () => {
    await using shop = await open(json({}));
    const answer = await shop.get("/token?customer=c-1");
    const { token } = (await answer.json()) as { token: string };
    const verdict = await createTokenVerifier({ keys: [secretKey(secret)], now: Date.now }).connection(token);
    expect(verdict).toMatchObject({ ok: true, claims: { user: "c-1" } });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it.each([
    "/token",
    "/token?customer=",
    "/token?customer=a,b",
    "/token?customer=a%20b",
    "/customers/a%2Fb/orders",
    "/token?customer=a&customer=b",
  ])("refuses a customer that cannot be one: %s", async (path) => {
    await using shop = await open(json({}));
    const answer = await shop.get(path);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.stringContaining("customer") });
  });

  it("hands on what the producer answers, refusals included", async () => {
    const asked: string[] = [];
    await using shop = await open((request, response) => {
      asked.push(request.url ?? "");
      json({ error: "nobody" }, 404)(request, response);
    });
    const answer = await shop.get("/customers/a%40b/orders");
    expect([answer.status, await answer.json()]).toEqual([404, { error: "nobody" }]);
    expect(asked).toEqual(["/customers/a%40b/orders?limit=100"]);
  });

  it("answers 504 when the producer is silent, and 502 when it talks nonsense, too much, or is away", async () => {
    await using silent = await open(() => undefined, { BELLWIRE_PRODUCER_TIMEOUT_MS: "100" });
    expect((await silent.get("/customers")).status).toBe(504);
    await using nonsense = await open((_request, response) => response.end("<html>"));
    expect((await nonsense.get("/customers")).status).toBe(502);
    await using much = await open(json("x".repeat(4_096)), { BELLWIRE_PRODUCER_MAX_BODY_BYTES: "1024" });
    expect(await (await much.get("/customers")).json()).toEqual({ error: expect.stringContaining("1024 bytes") });
    await using away = await open(json({}), { BELLWIRE_PRODUCER_URL: "http://127.0.0.1:1" });
    const answer = await away.get("/customers");
    expect([answer.status, await answer.json()]).toEqual([
      502,
      { error: expect.stringContaining("cannot be reached") },
    ]);
  });

  it("bounds how many wait for the producer", async () => {
    const held: (() => void)[] = [];
    await using shop = await open(
      (request, response) => {
        held.push(() => json({ customers: [] })(request, response));
      },
      { BELLWIRE_PRODUCER_MAX_IN_FLIGHT: "1" },
    );
    const first = shop.get("/customers");
    await expect.poll(() => held.length).toBe(1);
    const second = await shop.get("/customers");
    expect([second.status, second.headers.get("retry-after")]).toEqual([503, "1"]);
    held[0]?.();
    expect((await first).status).toBe(200);
  });

  it("says that it lives and is ready, and 404 for what it does not have", async () => {
    await using shop = await open(json({}));
    expect(await (await shop.get("/live")).json()).toEqual({ live: true });
    expect(await (await shop.get("/ready")).json()).toEqual({ ready: true });
    expect((await shop.get("/nothing")).status).toBe(404);
    expect((await shop.get("/../package.json")).status).toBe(404);
  });
});
