import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createTokenSigner } from "@bellwire/auth";
import { Centrifuge } from "centrifuge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Customer } from "../cluster/customer.ts";
import { orderFile } from "../cluster/order-file.ts";
import { step } from "../cluster/orders-api.ts";
import { ReplayStory } from "../cluster/replay-story.ts";

const ROOT = `${import.meta.dirname}/../..`;
const NODES = 5;
const START_MS = 300_000;
const run = promisify(execFile);

/** docker compose on the project's own file, as a user calls it, but under a project name of its own. */
async function compose(...args: string[]): Promise<string> {
  return composeWith({}, ...args);
}

async function composeWith(changes: Readonly<Record<string, string>>, ...args: string[]): Promise<string> {
  const { DOCKER_BUILDKIT = "0" } = process.env;
  const env = { ...process.env, BELLWIRE_SIMULATE: "0", DOCKER_BUILDKIT, ...changes };
  const { stdout } = await run("docker", ["compose", "--project-name", "bellwire-test", ...args], {
    cwd: ROOT,
    env,
    maxBuffer: 64 * 1_048_576,
  });
  return stdout;
}

const clients: Centrifuge[] = [];
const cluster = {
  producerUrl: "http://127.0.0.1:8010",
  client(user: string): Centrifuge {
    const client = new Centrifuge("ws://127.0.0.1:8000/connection/websocket", {
      websocket: WebSocket,
      getToken: () => createTokenSigner("bellwire-dev-secret")({ sub: user, ttlSeconds: 3_600 }),
    });
    clients.push(client);
    client.connect();
    return client;
  },
};

describe("docker compose up --scale node=5", () => {
  beforeAll(async () => {
    await compose("up", "--build", "--detach", "--wait", "--scale", `node=${NODES}`);
  }, START_MS);
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await compose("down", "--volumes");
  }, START_MS);

  it("has every part healthy, and the balancer found every node", async () => {
    const health = (await compose("ps", "--format", "{{.Health}}")).trim().split("\n");
    expect(new Set(health)).toEqual(new Set(["healthy"]));
    const { nodes } = (await (await fetch("http://127.0.0.1:8001/nodes")).json()) as {
      nodes: ReadonlyArray<{ state: string }>;
    };
    expect(nodes.map(({ state }) => state)).toEqual(Array.from({ length: NODES }, () => "up"));
    expect((await fetch("http://127.0.0.1:8020/")).status).toBe(200);
  });

  it(
    "runs no service of ours as root",
    async () => {
      for (const service of ["node", "balancer", "producer", "storefront"])
        expect(Number(await compose("exec", "-T", service, "id", "-u"))).toBeGreaterThan(0);
    },
    START_MS,
  );

  it(
    "replays a file to all its customers, while a node is killed half-way",
    async () => {
      await using file = await orderFile();
      const story = new ReplayStory(cluster, file);
      await story.live();
      const replaying = story.replay();
      await expect
        .poll(() => story.seen, { timeout: 120_000, interval: 20 })
        .toBeGreaterThan(story.expected.length / 2);
      await compose("kill", "--signal", "KILL", "--index", "2", "node").catch(() =>
        run("docker", ["kill", "bellwire-test-node-2"]),
      );
      const { code, errors } = await replaying;
      expect(code, errors).toBe(0);
      await story.everybodyHasEverything();
    },
    START_MS,
  );

  describe.each(["nginx", "haproxy"])("with %s in the balancer's place", (profile) => {
    const place = (...args: string[]): Promise<string> =>
      composeWith({ BELLWIRE_BALANCER_PUBLISH_PORT: "8002" }, "--profile", profile, ...args);
    afterAll(async () => {
      await place("rm", "--stop", "--force", profile);
    }, START_MS);

    it(
      "a customer sees an order move, and our balancer serves on its other port meanwhile",
      async () => {
        await place("up", "--detach", "--wait", "--no-deps", "balancer");
        await place("up", "--detach", "--wait", "--no-deps", profile);
        expect((await place("port", profile, "8000")).trim()).toBe("127.0.0.1:8000");
        const customer = await new Customer(cluster, `customer-of-${profile}`).live();
        const order = { customerId: customer.id, orderId: `order-of-${profile}` };
        for (const status of ["placed", "approved"]) {
          const answer = await step(cluster, { ...order, status, key: `${profile}-${status}` });
          expect(answer.status).toBeLessThan(300);
        }
        await expect.poll(() => customer.versions, { timeout: 10_000 }).toEqual([1, 2]);
        expect((await fetch("http://127.0.0.1:8002/internal")).status).toBe(404);
      },
      START_MS,
    );
  });
});
