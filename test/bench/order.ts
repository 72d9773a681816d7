import { setTimeout as pause } from "node:timers/promises";
import { ClusterUnderTest } from "./cluster-under-test.ts";
import { cpuDuring } from "./cpu.ts";
import { Crowd } from "./crowd.ts";
import type { Figure } from "./figure.ts";
import { type Run, rounds } from "./run.ts";
import { Shop } from "./shop.ts";

const SATURATED_AIM_MICROS = 40;
/** The design's 2 ms at the 99th percentile and its 1 to 2 ms of batching. */
const P99_AIM_MS: Readonly<Record<number, number>> = { 2000: 4 };
const NAME = "customer";
const PARALLEL_LOGINS = 32;
const TICK_MS = 1;

/** An order event from the exchange to one customer's socket, on several nodes: what it costs, and how long it takes. */
export async function measureOrders(run: Run): Promise<readonly Figure[]> {
  const { order } = run.effort;
  await using cluster = await ClusterUnderTest.start(run.servers, order.nodes, run.nodeOptions);
  await using shop = await Shop.open(cluster);
  await using crowd = new Crowd();
  const logins = await cluster.logins(NAME, order.customers);
  for (const [index, { port }] of cluster.nodes.entries()) {
    const own = logins.filter((_, at) => at % order.nodes === index);
    await crowd.login(port, own, PARALLEL_LOGINS);
  }
  return [...(await measureCost(run, { cluster, shop, crowd })), ...(await measureLatency(run, { shop, crowd }))];
}

async function measureCost(
  run: Run,
  { cluster, shop, crowd }: { readonly cluster: ClusterUnderTest; readonly shop: Shop; readonly crowd: Crowd },
): Promise<readonly Figure[]> {
  const { nodes, customers, events, window } = run.effort.order;
  run.progress(`${events} order events as fast as they go, ${nodes} nodes, ${customers} customers`);
  const seconds: number[] = [];
  const processes = [...cluster.processes, { name: "the shop, not in the sum", pid: process.pid }];
  const measured = await rounds(run.effort.rounds, async () => {
    const startedAt = performance.now();
    const spent = await cpuDuring(processes, async () => {
      await Promise.all([shop.sell({ name: NAME, customers, events, window }), crowd.receives(events)]);
    });
    seconds.push((performance.now() - startedAt) / 1_000);
    return new Map([...spent].map(([name, micros]) => [name, micros / events]));
  });
  const names = [...new Set(processes.map(({ name }) => name))];
  const figure = (name: string, micros: readonly number[]): Figure => ({
    name: `order event, saturated: ${name}`,
    unit: "µs",
    rounds: micros,
  });
  const counted = names.filter((name) => !name.startsWith("the shop"));
  const sums = measured.map((costs) => counted.reduce((sum, name) => sum + (costs.get(name) ?? 0), 0));
  const rate = seconds.slice(1).map((took) => Math.round(events / took));
  run.progress(`order events a second, by round: ${rate.join(", ")}`);
  return [
    ...names.map((name) =>
      figure(
        name,
        measured.map((costs) => costs.get(name) ?? 0),
      ),
    ),
    {
      ...figure(`sum of ${counted.join(", ")}`, sums),
      ...(counted.includes("redis") ? { atMost: SATURATED_AIM_MICROS } : {}),
    },
  ];
}

async function measureLatency(
  run: Run,
  { shop, crowd }: { readonly shop: Shop; readonly crowd: Crowd },
): Promise<readonly Figure[]> {
  const { rates, rateSeconds, customers } = run.effort.order;
  const figures: Figure[] = [];
  for (const rate of rates) {
    run.progress(`order events at ${rate} a second`);
    await crowd.latency();
    const measured = await rounds(run.effort.rounds, async () => {
      const sent = await atRate(rate, rateSeconds, () => shop.step(NAME, customers));
      await crowd.receives(sent);
      return await crowd.latency();
    });
    const title = `order event at ${rate} a second`;
    const atMost = P99_AIM_MS[rate];
    figures.push(
      { name: `${title}: median`, unit: "ms", rounds: measured.map(({ p50 }) => p50) },
      {
        name: `${title}: 99th percentile`,
        unit: "ms",
        rounds: measured.map(({ p99 }) => p99),
        ...(atMost === undefined ? {} : { atMost }),
      },
    );
  }
  return figures;
}

/** Calls `publish` at an even rate, whatever it takes to be confirmed; resolves to the number of calls when all have settled. */
async function atRate(perSecond: number, seconds: number, publish: () => Promise<void>): Promise<number> {
  const total = perSecond * seconds;
  const startedAt = performance.now();
  const unconfirmed: Array<Promise<void>> = [];
  while (unconfirmed.length < total) {
    const due = Math.min(total, ((performance.now() - startedAt) * perSecond) / 1_000);
    while (unconfirmed.length < due) unconfirmed.push(publish());
    await pause(TICK_MS);
  }
  await Promise.all(unconfirmed);
  return total;
}
