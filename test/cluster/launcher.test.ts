import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createTokenSigner } from "@bellwire/auth";
import { Centrifuge } from "centrifuge";
import { describe, expect, inject, it } from "vitest";
import { WebSocket } from "ws";

const LAUNCHER = `${import.meta.dirname}/../../infra/launcher/src/main.ts`;
const PORTS = {
  "--port": 18_900,
  "--admin-port": 18_901,
  "--producer-port": 18_910,
  "--storefront-port": 18_920,
  "--node-port": 18_930,
  "--node-ops-port": 18_940,
};
const LONG = { timeout: 60_000, interval: 50 };

describe.each(["memory", inject("backends")[0]?.name ?? "native"])("npm start on the %s backend", (backend) => {
  it("serves page, shop and clients, and leaves nothing behind after Ctrl-C, which npm doubles", async () => {
    await using launcher = launch("--backend", backend, "--nodes", "2", "--simulate", "0");
    await expect.poll(() => launcher.text, LONG).toMatch(/ready: 2 nodes/);

    const page = await fetch(`http://127.0.0.1:${PORTS["--storefront-port"]}/`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<!doctype html>")]);
    const client = new Centrifuge(`ws://127.0.0.1:${PORTS["--port"]}/connection/websocket`, {
      websocket: WebSocket,
      getToken: () => createTokenSigner("bellwire-dev-secret")({ sub: "ada", ttlSeconds: 60 }),
    });
    const subscription = client.newSubscription("orders:user#ada");
    const seen: string[] = [];
    subscription.on("publication", ({ data }) => seen.push((data as { status: string }).status));
    subscription.subscribe();
    client.connect();
    await subscription.ready(20_000);
    const shop = `http://127.0.0.1:${PORTS["--producer-port"]}`;
    const post = (path: string, body: object) =>
      fetch(`${shop}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const { orderId } = (await (await post("/orders", { customerId: "ada" })).json()) as { orderId: string };
    expect((await post(`/orders/${orderId}/status`, { status: "approved" })).status).toBe(200);
    const illegal = await post(`/orders/${orderId}/status`, { status: "placed" });
    expect([illegal.status, await illegal.json()]).toEqual([
      409,
      expect.objectContaining({ legal: expect.arrayContaining(["shipped", "cancelled"]) }),
    ]);
    await expect.poll(() => seen, LONG).toEqual(["placed", "approved"]);
    client.disconnect();

    launcher.process.kill("SIGINT");
    launcher.process.kill("SIGINT");
    expect(await launcher.ended).toBe(0);
    expect(launcher.text).toMatch(/nothing is left behind/);
    const pids = [...launcher.text.matchAll(/has pid (\d+)/g)].map(([, pid]) => Number(pid));
    expect(pids.length).toBeGreaterThan(0);
    expect(pids.filter(isAlive)).toEqual([]);
  }, 120_000);
});

describe("npm start", () => {
  it("names the option when a port is taken", async () => {
    const squatter = createServer().listen(PORTS["--admin-port"], "127.0.0.1");
    await once(squatter, "listening");
    try {
      await using launcher = launch("--backend", "memory");
      expect(await launcher.ended).toBe(1);
      expect(launcher.text).toMatch(/18901.*--admin-port/);
    } finally {
      squatter.close();
    }
  });

  it.each([
    [["--backend", "magic"], /--backend/],
    [["--nodes", "0"], /--nodes/],
    [["--nodes", "many"], /--nodes/],
    [["--strategy", "luck"], /--strategy|BELLWIRE_BALANCER_STRATEGY/],
    [["--fast"], /--fast/],
  ])("refuses %j and says what would be right", async (args, message) => {
    await using launcher = launch(...args);
    expect(await launcher.ended).not.toBe(0);
    expect(launcher.text).toMatch(message);
  });
});

function launch(
  ...args: string[]
): AsyncDisposable & { readonly process: ChildProcess; readonly text: string; readonly ended: Promise<unknown> } {
  const { PATH = "", HOME = "" } = process.env;
  const ports = Object.entries(PORTS).flatMap(([option, port]) => [option, String(port)]);
  const child = spawn(process.execPath, [LAUNCHER, ...ports, ...args], {
    env: { PATH, HOME },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const heard: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => heard.push(String(chunk)));
  const ended = once(child, "close").then(([code]) => code as unknown);
  return {
    process: child,
    ended,
    get text() {
      return heard.join("");
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // No such process.
    return false;
  }
}
