import type { TransportName } from "centrifuge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Pair, startNativePair } from "../backends/pair.ts";
import { Cluster } from "../cluster/cluster.ts";
import { Customer } from "../cluster/customer.ts";
import { OnTransport } from "../cluster/sdk-transports.ts";
import { Shop } from "../cluster/shop.ts";
import { startSubject } from "./subjects/start.ts";

const LONG = { timeout: 20_000, interval: 20 };
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
/** Shorter than the nodes' ping interval, so that a stream that is only quiet would be seen to end. */
const QUIET_MS = 4_000;

let pair: Pair;
let cluster: Cluster;
let shop: Shop;
beforeAll(async () => {
  pair = await startNativePair();
  cluster = await Cluster.start({ name: "native", ...pair });
  shop = await Shop.open(cluster);
});
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
  await pair?.stop();
});

interface Front extends AsyncDisposable {
  readonly url: string;
}

/** One of the three in front of the cluster's nodes, those with real health checks. */
async function startFront(name: "ours" | "nginx" | "haproxy"): Promise<Front> {
  if (name === "ours") return { url: cluster.url, [Symbol.asyncDispose]: () => Promise.resolve() };
  const running = cluster.nodes.filter((node) => node.running);
  const nodes = running.map(({ port, opsPort }, index) => ({
    ...{ id: "abcdefgh".charAt(index), port, opsPort, weight: 1 },
  }));
  // A client that has asked for a stream says nothing any more: that must not count as silence.
  const subject = await startSubject(name, nodes, { haproxy: { "timeout client 30s": "timeout client 2s" } });
  return { url: `http://127.0.0.1:${subject.port}`, [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose]() };
}

function clientsOf({ url }: Front, transport: TransportName): OnTransport {
  const clients = new OnTransport(cluster, [transport]);
  clients.place = url;
  clients.emulation = url;
  return clients;
}

describe.each(["ours", "nginx", "haproxy"] as const)("20 streams through %s", (name) => {
  let front: Front;
  beforeAll(async () => {
    front = await startFront(name);
  });
  afterAll(() => front?.[Symbol.asyncDispose]());

  it.each(["http_stream", "sse"] as const)(
    "the SDK over %s sees every step as it happens, wherever its commands land",
    async (transport) => {
      using on = clientsOf(front, transport);
      const ids = range(1, 6).map((n) => `${name}-${transport}-${n}`);
      const customers = await Promise.all(ids.map((id) => new Customer(on, id).live()));
      for (const version of range(1, 5)) {
        await Promise.all(ids.map((id) => shop.order(id, `o-${id}`, { status: "approved", version })));
        for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(range(1, version));
      }
      for (const customer of customers) customer.expectUnbroken();
      expect(customers.map(({ connects }) => connects)).toEqual(ids.map(() => 1));
    },
  );

  it.each(["uni_sse", "uni_http_stream"])(
    "%s comes piece by piece, and may be quiet for a while",
    async (transport) => {
      const user = `${name}-${transport}`;
      const request = { token: await cluster.token(user), subs: { [`orders:user#${user}`]: {} } };
      const answer = await fetch(`${front.url}/connection/${transport}`, {
        method: "POST",
        body: JSON.stringify(request),
      });
      expect(answer.status).toBe(200);
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      const until = async (wanted: string) => {
        for (let text = ""; !text.includes(wanted); ) {
          const piece = await reader?.read();
          if (piece?.value === undefined) throw new Error(`the stream ended before ${wanted}`);
          text += piece.value;
        }
      };
      await until('"connect"');
      await shop.order(user, `o-${user}`, { status: "placed", version: 1 });
      await until('"version":1');
      const quiet = Promise.withResolvers<void>();
      setTimeout(quiet.resolve, QUIET_MS);
      await quiet.promise;
      await shop.order(user, `o-${user}`, { status: "approved", version: 2 });
      await until('"version":2');
      await reader?.cancel();
    },
  );

  it("a page's preflight is answered by a node", async () => {
    const headers = { origin: "http://127.0.0.1:8020", "access-control-request-method": "POST" };
    for (const path of ["/emulation", "/connection/http_stream"]) {
      const answer = await fetch(`${front.url}${path}`, { method: "OPTIONS", headers });
      expect(answer.status).toBe(204);
      expect(answer.headers.get("access-control-allow-origin")).toBe("http://127.0.0.1:8020");
    }
  });

  it("commands of a backend, line by line at /api, reach a node, which asks for its key", async () => {
    const answer = await fetch(`${front.url}/api`, { method: "POST", body: '{"method":"info"}\n{"method":"info"}' });
    expect(answer.status).toBe(401);
  });

  it("when a node is killed the SDK over http_stream and sse is back with everything", async () => {
    using streams = clientsOf(front, "http_stream");
    using events = clientsOf(front, "sse");
    const customers = await Promise.all(
      range(1, 6).map((n) => new Customer(n % 2 ? streams : events, `${name}-killed-${n}`).live()),
    );
    const dying = cluster.nodeOf(customers[0]?.node);
    await dying.signal("SIGKILL");
    await Promise.all(
      customers.map(async ({ id }) => {
        for (const version of range(1, 5)) await shop.order(id, `o-${id}`, { status: "approved", version });
      }),
    );
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(range(1, 5));
    for (const customer of customers) customer.expectUnbroken();
    await cluster.startNode(`${name}-in-its-place`);
    await cluster.offersNodes(3);
  });
});
