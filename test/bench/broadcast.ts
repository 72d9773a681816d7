import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { ClusterUnderTest } from "./cluster-under-test.ts";
import { cpuDuring, type Processes } from "./cpu.ts";
import { Crowd } from "./crowd.ts";
import type { Figure } from "./figure.ts";
import { Floor, startNodeFloor } from "./floor.ts";
import { type Run, rounds } from "./run.ts";
import { promotion, Shop } from "./shop.ts";

/** The design's aims, as ratios to the C program, by subscribers. */
const PACED_AIMS: Readonly<Record<number, number>> = { 1000: 1.45, 10000: 1.25 };
const SATURATED_AIM = 0.5;
const CHANNEL = "promo:all";
const PARALLEL_LOGINS = 64;
/** Between two paced messages, so that every sender finds the machine equally cold. */
const PACE_MS = 10;

/** Somebody who writes to an audience of its own. The first of its processes is the one that writes. */
interface Sender {
  readonly name: "bellwire" | "net" | "c";
  readonly crowd: Crowd;
  readonly processes: Processes;
  /** Resolves when so many messages were taken; `inParallel` lets them overtake each other. */
  send(messages: number, inParallel: boolean): Promise<void>;
}

/** How messages come: one after all have the one before; as many as a burst has; or those one after the other by the feed's own order. */
const MODES = {
  paced: { burst: false, inParallel: false, besideFloors: true },
  saturated: { burst: true, inParallel: true, besideFloors: true },
  "burst of events with one routing key": { burst: true, inParallel: false, besideFloors: false },
} as const;
type Mode = keyof typeof MODES;

/** One message to many subscribers of one node, beside two programs that only write: in turns, so that all see the same machine. */
export async function measureBroadcast(run: Run, subscribers: number): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const bellwire = await openBellwire(run, stack, subscribers);
  const payload = await sampleBytes(bellwire, subscribers);
  const senders = [bellwire, ...(await openFloors(run, stack, { subscribers, payload }))];
  const figures: Figure[] = [];
  for (const mode of Object.keys(MODES) as Mode[]) {
    const taking = MODES[mode].besideFloors ? senders : [bellwire];
    run.progress(`broadcast to ${subscribers}, ${mode}, ${payload} bytes`);
    const measured = await rounds(run.effort.rounds, async () => {
      const costs = new Map<string, ReadonlyMap<string, number>>();
      for (const sender of taking) costs.set(sender.name, await roundOf(run, sender, { mode, subscribers }));
      return costs;
    });
    figures.push(...figuresOf(measured, { mode, subscribers }));
  }
  return figures;
}

async function openBellwire(run: Run, stack: AsyncDisposableStack, subscribers: number): Promise<Sender> {
  const cluster = stack.use(await ClusterUnderTest.start(run.servers, 1, run.nodeOptions));
  const shop = stack.use(await Shop.open(cluster));
  const crowd = stack.use(new Crowd());
  const logins = await cluster.logins("reader", subscribers, CHANNEL);
  await crowd.login(cluster.nodes[0]?.port ?? 0, logins, PARALLEL_LOGINS);
  const send = (messages: number, inParallel: boolean) =>
    inParallel ? publishPromotions(cluster, messages) : shop.promote(messages);
  return { name: "bellwire", crowd, processes: cluster.processes, send };
}

/** Through the server API: events of one routing key are taken in one after the other, whoever publishes them. */
async function publishPromotions(cluster: ClusterUnderTest, messages: number): Promise<void> {
  const data = promotion();
  const publications = Array.from({ length: messages }, () =>
    cluster.api("publish", { channel: CHANNEL, data: { type: "promo.published", id: randomUUID(), ...data } }),
  );
  await Promise.all(publications);
}

async function sampleBytes({ crowd, send }: Sender, subscribers: number): Promise<number> {
  await send(1, false);
  await crowd.receives(subscribers);
  return await crowd.lineBytes();
}

async function openFloors(
  { floorProgram }: Run,
  stack: AsyncDisposableStack,
  { subscribers, payload }: { readonly subscribers: number; readonly payload: number },
): Promise<readonly Sender[]> {
  const senderOn = async (name: Sender["name"], floor: Floor): Promise<Sender> => {
    stack.use(floor);
    const crowd = stack.use(new Crowd());
    await crowd.join(floor.port, subscribers);
    return { name, crowd, processes: [{ name, pid: floor.pid }], send: (messages) => floor.write(messages) };
  };
  const net = await senderOn("net", await startNodeFloor(payload));
  if (floorProgram === undefined) return [net];
  return [net, await senderOn("c", await Floor.start(floorProgram, [], payload))];
}

/** CPU µs per delivery, by process. */
async function roundOf(
  { effort: { broadcast } }: Run,
  { crowd, processes, send }: Sender,
  { mode, subscribers }: { readonly mode: Mode; readonly subscribers: number },
): Promise<ReadonlyMap<string, number>> {
  const { burst, inParallel } = MODES[mode];
  const deliveries = burst ? broadcast.burstDeliveries : broadcast.pacedDeliveries;
  const atOnce = burst ? broadcast.burst : 1;
  const sends = Math.ceil(deliveries / subscribers / atOnce);
  const spent = await cpuDuring(processes, async () => {
    for (let sent = 0; sent < sends; sent += 1) {
      await Promise.all([send(atOnce, inParallel), crowd.receives(subscribers * atOnce)]);
      if (!burst) await pause(PACE_MS);
    }
  });
  return new Map([...spent].map(([name, micros]) => [name, micros / (sends * atOnce * subscribers)]));
}

type Costs = ReadonlyMap<string, ReadonlyMap<string, number>>;

function figuresOf(
  measured: readonly Costs[],
  { mode, subscribers }: { readonly mode: Mode; readonly subscribers: number },
): readonly Figure[] {
  const title = `broadcast to ${subscribers}, ${mode}`;
  const valuesOf = (sender: string, process: string) =>
    measured.flatMap((costs) => costs.get(sender)?.get(process) ?? []);
  const node = valuesOf("bellwire", "node");
  const ratioTo = (floor: readonly number[]) => node.map((value, index) => value / (floor[index] ?? Number.NaN));
  const perDelivery = (name: string, rounds: readonly number[]): Figure => ({
    name: `${title}: ${name}`,
    unit: "µs",
    rounds,
  });
  const net = valuesOf("net", "net");
  const c = valuesOf("c", "c");
  const atMost = mode === "paced" ? PACED_AIMS[subscribers] : SATURATED_AIM;
  const figures: Figure[] = [
    perDelivery("node", node),
    perDelivery("redis", valuesOf("bellwire", "redis")),
    perDelivery("rabbitmq", valuesOf("bellwire", "rabbitmq")),
    perDelivery("bare net, single writes", net),
    perDelivery("C, single writes", c),
    { name: `${title}: node to bare net`, unit: "×", rounds: net.length === 0 ? [] : ratioTo(net) },
    {
      name: `${title}: node to C`,
      unit: "×",
      rounds: c.length === 0 ? [] : ratioTo(c),
      ...(atMost === undefined ? {} : { atMost }),
    },
  ];
  return figures.filter(({ rounds }) => rounds.length > 0);
}
