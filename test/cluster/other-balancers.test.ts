import type { TransportName } from "centrifuge";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startSubject } from "../balancer/subjects/start.ts";
import type { Subject } from "../balancer/subjects/subject.ts";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { OnTransport } from "./sdk-transports.ts";
import { Shop } from "./shop.ts";

const LONG = { timeout: 20_000, interval: 20 };
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
/** Shorter than the nodes' ping interval, so that a stream that is only quiet would be seen to end. */
const QUIET_MS = 4_000;

const [backend] = inject("backends");
let cluster: Cluster;
let shop: Shop;
beforeAll(async () => {
  if (backend === undefined) throw new Error("no backend");
  cluster = await Cluster.start(backend);
  shop = await Shop.open(cluster);
});
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

describe.each(["nginx", "haproxy"] as const)("through %s, with the configuration in infra", (name) => {
  let balancer: Subject;
  let reach: (transport: TransportName) => OnTransport;
  const url = () => `http://127.0.0.1:${balancer.port}`;
  beforeAll(async () => {
    const nodes = cluster.nodes.map(({ port, opsPort }, index) => ({
      ...{ id: "abc".charAt(index), port, opsPort, weight: 1 },
    }));
    // A client that has asked for a stream says nothing any more: that must not count as silence.
    balancer = await startSubject(name, nodes, { haproxy: { "timeout client 30s": "timeout client 2s" } });
    reach = (transport) => {
      const on = new OnTransport(cluster, [transport]);
      on.place = url();
      on.emulation = url();
      return on;
    };
  });
  afterAll(() => balancer?.[Symbol.asyncDispose]());

  it.each(["http_stream", "sse"] as const)(
    "the SDK over %s sees every step as it happens, wherever its commands land",
    async (transport) => {
      using on = reach(transport);
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
      const answer = await fetch(`${url()}/connection/${transport}`, { method: "POST", body: JSON.stringify(request) });
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
      const answer = await fetch(`${url()}${path}`, { method: "OPTIONS", headers });
      expect(answer.status).toBe(204);
      expect(answer.headers.get("access-control-allow-origin")).toBe("http://127.0.0.1:8020");
    }
  });
});

describe("when a node is killed behind nginx or HAProxy", () => {
  it.each(["nginx", "haproxy"] as const)(
    "%s: the SDK over http_stream and sse is back with everything",
    async (name) => {
      const running = cluster.nodes.filter((node) => node.running);
      const nodes = running.map(({ port, opsPort }, index) => ({
        ...{ id: "abcdef".charAt(index), port, opsPort, weight: 1 },
      }));
      await using balancer = await startSubject(name, nodes);
      const place = `http://127.0.0.1:${balancer.port}`;
      using streams = new OnTransport(cluster, ["http_stream"]);
      using events = new OnTransport(cluster, ["sse"]);
      for (const on of [streams, events]) Object.assign(on, { place, emulation: place });
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
      await cluster.startNode(`${dying.name}-again`);
    },
  );
});
