import {
  findNative,
  type NativeBackend,
  type NativeRabbit,
  startNativeRabbit,
  startNativeRedis,
} from "@bellwire/backends";
import { connect } from "amqplib";
import { describe, expect, it } from "vitest";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { Shop } from "./shop.ts";

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const LONG = { timeout: 60_000, interval: 50 };
const native = await findNative();

// Servers of its own, to be killed: the shared ones serve other tests. Without them the connections are cut in faults.test.ts.
describe.skipIf(native.redis === undefined || native.rabbit === undefined)("a server is killed and comes back", () => {
  it("RabbitMQ: no client is disconnected, what was confirmed before arrives, and what comes after", async () => {
    await using servers = await startServers({});
    const { cluster, ada } = servers;
    await publish(cluster, range(1, 20));
    await expect.poll(() => ada.versions, LONG).toEqual(range(1, 20));
    // 3.10 writes down late which queues there are: one that was declared just before the kill would refuse all messages.
    await servers.rabbit.ctl("eval", "[dets:sync(Table) || Table <- dets:all()], mnesia:sync_log().");
    await servers.rabbit.kill();
    await expect.poll(() => readyOf(cluster), LONG).toEqual([503, 503]);
    await servers.rabbit.restart();
    await expect.poll(() => readyOf(cluster), LONG).toEqual([200, 200]);
    await publish(cluster, range(21, 40));
    await expect.poll(() => ada.versions, LONG).toEqual(range(1, 40));
    ada.expectUnbroken();
    expect(ada.connects).toBe(1);
  }, 120_000);

  it("Redis with its data: clients stay, events wait in RabbitMQ, and nothing is lost", async () => {
    await using servers = await startServers({ persist: true });
    const { cluster, ada } = servers;
    await publish(cluster, range(1, 20));
    await expect.poll(() => ada.versions, LONG).toEqual(range(1, 20));
    await servers.redis.kill();
    await publish(cluster, range(21, 40));
    await servers.redis.restart();
    await expect.poll(() => ada.versions, LONG).toEqual(range(1, 40));
    ada.expectUnbroken();
    expect(ada.connects).toBe(1);
  }, 120_000);

  it("Redis without its data: clients are told to reload, and get what waited in RabbitMQ", async () => {
    await using servers = await startServers({});
    const { cluster, ada } = servers;
    await publish(cluster, range(1, 20));
    await expect.poll(() => ada.versions, LONG).toEqual(range(1, 20));
    await servers.redis.kill();
    await publish(cluster, range(21, 40));
    await servers.redis.restart();
    await expect.poll(() => ada.recoveries, LONG).toContain(false);
    await publish(cluster, range(41, 45));
    await expect.poll(() => ada.versions.at(-1), LONG).toBe(45);
    expect(ada.versions).toEqual([...new Set(ada.versions)].sort((one, other) => one - other));
    expect(ada.connects).toBe(1);
  }, 120_000);
});

// The restarted broker's hash exchange gives most orders another queue: their next steps stand before the ones that wait.
describe.skipIf(native.redis === undefined || native.rabbit === undefined)("RabbitMQ restarts with a backlog", () => {
  it("every order's steps arrive in order, and none is missing", async () => {
    await using servers = await startServers({});
    const { cluster } = servers;
    const orders = range(1, 64).map((number) => `c${number}`);
    const steps = (shop: Shop, versions: readonly number[]) =>
      Promise.all(
        orders.map(async (customer) => {
          for (const version of versions)
            await shop.order(customer, `order-of-${customer}`, { status: "approved", version });
        }),
      );
    for (const node of cluster.nodes) await node.signal("SIGKILL");
    {
      await using shop = await Shop.open(cluster);
      await steps(shop, range(1, 3));
    }
    await servers.rabbit.restart();
    {
      await using shop = await Shop.open(cluster);
      await steps(shop, range(4, 6));
    }
    const letGo = await hold(cluster);
    await Promise.all(["node-3", "node-4"].map((name) => cluster.startNode(name)));
    await cluster.offersNodes(2);
    setTimeout(letGo, SLOW_READER_MS);
    const versionsOf = async (customer: string) => {
      const { result } = await cluster.api<{ publications: ReadonlyArray<{ data: { version: number } }> }>("history", {
        channel: `orders:user#${customer}`,
        limit: 100,
      });
      return result?.publications.map(({ data }) => data.version) ?? [];
    };
    for (const customer of orders) await expect.poll(() => versionsOf(customer), LONG).toContain(6);
    expect(await Promise.all(orders.map(versionsOf))).toEqual(orders.map(() => range(1, 6)));
  }, 180_000);
});

/** Longer than a step waits for the one before it where nothing stands in the queues. */
const SLOW_READER_MS = 4_000;

/** Reads the fullest of the ingest queues before the nodes do, and gets nowhere; the answer is a function that ends this. */
async function hold({ backend, prefix }: Cluster): Promise<() => Promise<void>> {
  const connection = await connect(backend.amqpUrl);
  const channel = await connection.createChannel();
  const queues = await Promise.all(range(0, 7).map((index) => channel.checkQueue(`${prefix}.ingest.${index}`)));
  const [fullest] = queues.sort((one, other) => other.messageCount - one.messageCount);
  await channel.prefetch(1);
  await channel.consume(fullest?.queue ?? "", () => undefined);
  return () => connection.close();
}

interface Servers extends AsyncDisposable {
  readonly redis: NativeBackend;
  readonly rabbit: NativeRabbit;
  readonly cluster: Cluster;
  readonly ada: Customer;
}

async function startServers(options: { readonly persist?: boolean }): Promise<Servers> {
  const stack = new AsyncDisposableStack();
  const redis = stack.use(await startNativeRedis(options));
  const rabbit = stack.use(await startNativeRabbit());
  const cluster = stack.use(
    await Cluster.start({ name: "own", redisUrl: redis.url, amqpUrl: rabbit.url }, { nodes: 2 }),
  );
  const ada = await new Customer(cluster, "ada").live();
  return { redis, rabbit, cluster, ada, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const readyOf = (cluster: Cluster) =>
  Promise.all(cluster.nodes.map(async ({ opsPort }) => (await fetch(`http://127.0.0.1:${opsPort}/ready`)).status));

async function publish(cluster: Cluster, versions: readonly number[]): Promise<void> {
  await using shop = await Shop.open(cluster);
  for (const version of versions) await shop.order("ada", "order-of-ada", { status: "approved", version });
}
