import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { Redis } from "ioredis";
import { describe, expect, inject, it } from "vitest";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { Shop } from "./shop.ts";

const LONG = { timeout: 20_000, interval: 50 };
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe.each(inject("backends"))("on $name", (backend) => {
  it("an event whose handling fails is set aside after five tries, the others flow, and an operator replays it", async () => {
    await using cluster = await Cluster.start(backend, { nodes: 2 });
    await using shop = await Shop.open(cluster);
    await using stack = new AsyncDisposableStack();
    const redis = stack.adopt(new Redis(backend.redisUrl), (opened) => opened.disconnect());
    const [eve, ada] = await Promise.all(["eve", "ada"].map((id) => new Customer(cluster, id).live()));
    const step = (id: string, version: number) => shop.order(id, `order-${id}`, { status: "approved", version });
    await step("eve", 1);
    await expect.poll(() => eve?.versions, LONG).toEqual([1]);

    const stream = `${cluster.prefix}:{orders:user#eve}:stream`;
    await redis.set(stream, "somebody else's");
    await step("eve", 2);
    for (const version of range(1, 20)) await step("ada", version);
    await expect.poll(() => ada?.versions, LONG).toEqual(range(1, 20));
    await shop.publish("order.o", "{not json");
    await expect.poll(() => list(cluster), LONG).toHaveLength(2);

    const [bad, poison] = (await list(cluster)).sort((one, other) => one.tries - other.tries);
    expect(poison).toMatchObject({ routingKey: "order.order-eve", tries: 5, replayed: 0 });
    expect(poison?.reason).toMatch(/^handling failed: .*WRONGTYPE/);
    expect(bad).toMatchObject({ routingKey: "order.o", tries: 1, reason: expect.stringMatching(/JSON/) });
    expect(await list(cluster), "looking takes nothing out").toHaveLength(2);
    expect((await dead(cluster, "show", poison?.id ?? "")).out).toContain('"customerId":"eve"');

    await redis.del(stream);
    expect(await dead(cluster, "replay", poison?.id ?? "")).toMatchObject({ code: 0, out: "1 events put back\n" });
    await expect.poll(() => eve?.versions, LONG).toEqual([1, 2]);

    expect(await dead(cluster, "replay", "--all")).toMatchObject({ code: 0, out: "1 events put back\n" });
    await expect.poll(() => list(cluster), LONG).toMatchObject([{ routingKey: "order.o", tries: 1, replayed: 1 }]);
    expect((await dead(cluster, "drop", "0123456789ab")).code, "what is not there").toBe(1);
    expect(await dead(cluster, "drop", "--all")).toMatchObject({ code: 0, out: "1 events deleted\n" });
    expect(await list(cluster)).toEqual([]);
    for (const customer of [eve, ada]) customer?.expectUnbroken();
  }, 150_000); // the command is started nine times
});

interface Listed {
  readonly id: string;
  readonly routingKey: string;
  readonly tries: number;
  readonly replayed: number;
  readonly reason: string;
}

const list = async (cluster: Cluster) => JSON.parse((await dead(cluster, "list", "--json")).out) as Listed[];

/** The operator's command, as `npm run dead` runs it. */
async function dead({ backend, prefix }: Cluster, ...args: readonly string[]) {
  const main = `${import.meta.dirname}/../../services/dead-letters/src/main.ts`;
  const env = { PATH: process.env.PATH ?? "", BELLWIRE_AMQP_URL: backend.amqpUrl, BELLWIRE_PREFIX: prefix };
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const [[code], out, errors] = await Promise.all([once(child, "exit"), text(child.stdout), text(child.stderr)]);
  return { code: code as number, out, errors };
}
