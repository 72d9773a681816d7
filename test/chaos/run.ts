import type { AfterRestart } from "@bellwire/redis";
import { Redis } from "ioredis";
import { Crowd } from "./crowd/crowd.ts";
import type { Member } from "./crowd/orders.ts";
import { bookDeadLetters } from "./dead-letters.ts";
import { type Balance, settle } from "./ledger/balance.ts";
import { Ledger } from "./ledger/ledger.ts";
import { isBalanced, tableOf } from "./ledger/table.ts";
import { leftoverKeys, leftoverQueues } from "./leftovers.ts";
import { Memory } from "./memory.ts";
import { waitingInOutbox } from "./outbox.ts";
import { type PlannedFault, textOf } from "./plan/fault.ts";
import { planOf } from "./plan/plan.ts";
import { Random } from "./plan/random.ts";
import { allAtTop, deadSwept, nothingWaits, partsReady, reached } from "./quiesce.ts";
import { LogFolder } from "./stage/log-folder.ts";
import { clean, type Servers } from "./stage/servers.ts";
import { SECRET, Stage } from "./stage/stage.ts";
import { Storm } from "./storm.ts";
import { ForeignShop } from "./traffic/foreign-shop.ts";
import { Traffic } from "./traffic/traffic.ts";

const DOORS = 3;
const SEGMENTS = ["all", "gold", "silver"] as const;
const CLIENTS_OF_A_CUSTOMER = 2;
/** How clients connect, in turn. Five, so that each door has all. */
const KINDS = [
  { transport: "websocket", codec: "json" },
  { transport: "http_stream", codec: "json" },
  { transport: "websocket", codec: "protobuf" },
  { transport: "sse", codec: "json" },
  { transport: "http_stream", codec: "protobuf" },
] as const;
/** How long what was begun may take to be accepted after the storm, ms. */
const LAST_WORDS_MS = 40_000;

export interface ChaosOptions {
  readonly servers: Servers;
  readonly seed: number;
  readonly stormMs: number;
  readonly clients: number;
  readonly nodes: number;
  /** The nodes' setting. With `ask` the storm leaves out what it does not cover. */
  readonly afterRedisRestart: AfterRestart;
}

export interface ChaosResult {
  readonly balance: Balance;
  readonly balanced: boolean;
  readonly plan: readonly PlannedFault[];
  readonly seconds: number;
  /** Where the logs are, if they were kept. */
  readonly logs: string | undefined;
}

/** One run: a storm over a cluster under traffic, then calm, then the balance. Rejects only where the stage cannot be built. */
export async function runChaos(options: ChaosOptions, print: (text: string) => void): Promise<ChaosResult> {
  const began = performance.now();
  const plan = planOf({ ...options, doors: DOORS });
  print(
    `plan of seed ${options.seed}: ${plan.length} faults in ${options.stormMs / 1_000} s\n${plan.map(textOf).join("\n")}`,
  );
  const logs = await LogFolder.create(options.seed);
  const ledger = new Ledger();
  let balanced = false;
  try {
    await perform(options, { plan, logs, ledger, print });
    const balance = settle(ledger);
    balanced = isBalanced(balance);
    print(tableOf(balance));
    const seconds = Math.round((performance.now() - began) / 1_000);
    return { balance, balanced, plan, seconds, logs: balanced ? undefined : logs.path };
  } finally {
    await logs.end(!balanced);
  }
}

interface RunParts {
  readonly plan: readonly PlannedFault[];
  readonly logs: LogFolder;
  readonly ledger: Ledger;
  readonly print: (text: string) => void;
}

async function perform(options: ChaosOptions, { plan, logs, ledger, print }: RunParts): Promise<void> {
  const note = (line: string) => logs.write("chaos", `${new Date().toISOString()} ${line}`);
  const find = (what: string | undefined) => what === undefined || ledger.found({ what, at: Date.now() });
  await using stage = await Stage.start({
    ...{ servers: options.servers, nodes: options.nodes, doors: DOORS, logs, onCrash: find },
    afterRedisRestart: options.afterRedisRestart,
    onSent: (event) => ledger.sent(event),
    onLine: (part, line) => {
      logs.write(part, line);
      noteOutdated(ledger, line);
    },
  });
  note("the stage stands");
  await using closing = new AsyncDisposableStack();
  const redis = closing.adopt(new Redis(stage.redis.url, { maxRetriesPerRequest: null }), (one) => one.disconnect());
  redis.on("error", () => undefined);
  const crowd = closing.use(
    new Crowd({ record: (record) => ledger.note(record), ended: (who) => find(`a client ended: ${who}`) }),
  );
  const members = membersOf(options.clients, (door) => stage.doorUrl(door));
  crowd.open(members, SECRET);
  find(await reached("all subscribed", async () => everySubscribed(ledger, members)));
  find(await reached("all ready", () => partsReady(stage)));
  const memory = closing.use(new Memory([...stage.parts.values()]));

  const random = new Random(options.seed + 1);
  const foreign = closing.use(
    new ForeignShop(stage.path("shop>rabbitmq")[0]?.of(stage.rabbit.url) ?? "", stage.prefix),
  );
  const traffic = new Traffic({
    ...{ ledger, random, foreign, segments: SEGMENTS, producerUrl: stage.producerUrl, apiUrl: stage.apiUrl },
    customers: [...new Set(members.map(({ user }) => user))],
    orders: Math.max(3, Math.ceil(options.clients / 20)),
  });
  print("the storm begins");
  const storm = new Storm({
    stage,
    crowd,
    ledger,
    random,
    members: members.map(({ name }) => name),
    log: note,
    outbox: () => waitingInOutbox(stage, redis),
    afterRedisRestart: options.afterRedisRestart,
  });
  await storm.rage(plan, performance.now());
  note("the storm is over");

  find((await traffic.stop(LAST_WORDS_MS)) > 0 ? "some events were not accepted in time after the storm" : undefined);
  note("the traffic is over");
  find(await reached("all ready", () => partsReady(stage)));
  const waits = await reached("nothing waits", () => nothingWaits(stage, redis));
  find(waits === undefined ? undefined : `${waits}\n${await stage.whoConsumes()}`);
  find(await reached("all at the top", () => allAtTop(stage, redis, ledger)));
  await closeTheBooks(stage, redis, ledger);
  find(await reached("dead nodes swept", () => deadSwept(stage, redis)));
  await memory.rest();
  print(`memory of the last lives:\n${memory.report().join("\n")}`);
  for (const excess of memory.excess()) find(excess);

  crowd.close();
  for (const part of stage.parts.values()) {
    const code = await part.close();
    find(code === 0 ? undefined : `${part.name} ended with ${code} at the end`);
  }
  find(
    await reached("nothing is left", async () => {
      const left = [...(await leftoverKeys(stage, redis)), ...(await leftoverQueues(stage))];
      return left.length === 0 ? undefined : `${left.length} left: ${left.slice(0, 5).join(", ")}`;
    }),
  );
  await clean(options.servers, { prefix: stage.prefix, queues: await stage.queues() });
}

function membersOf(clients: number, place: (door: number) => string): readonly Member[] {
  return Array.from({ length: clients }, (_, index) => {
    const customer = Math.floor(index / CLIENTS_OF_A_CUSTOMER);
    const user = `c${customer}`;
    const segment = SEGMENTS[1 + (customer % (SEGMENTS.length - 1))] ?? "gold";
    const channels = [`orders:user#${user}`, "promo:all", `promo:seg-${segment}`];
    const name = `${user}/${index % CLIENTS_OF_A_CUSTOMER}`;
    return { name, user, place: place(index % DOORS), channels, ...(KINDS[index % KINDS.length] ?? KINDS[0]) };
  });
}

function everySubscribed(ledger: Ledger, members: readonly Member[]): string | undefined {
  const due = members.reduce((sum, { channels }) => sum + channels.length, 0);
  return ledger.journeys.size === due ? undefined : `${ledger.journeys.size} of ${due}`;
}

/** Nodes say in their log when they drop an event as outdated. */
function noteOutdated(ledger: Ledger, line: string): void {
  if (!line.includes("outdated step dropped")) return;
  const { event } = JSON.parse(line) as { readonly event: string };
  ledger.outdated(event);
}

async function closeTheBooks(stage: Stage, redis: Redis, ledger: Ledger): Promise<void> {
  for (const channel of new Set(ledger.journeys.values().map((journey) => journey.channel))) {
    const [epoch = "", top = "0"] = await redis.hmget(`${stage.prefix}:{${channel}}:meta`, "e", "o");
    const stored = await redis.xrange(`${stage.prefix}:{${channel}}:stream`, "-", "+");
    const entries = stored.map(([id, fields]) => ({
      offset: Number(id.split("-")[0]),
      id: (JSON.parse(fields[fields.indexOf("d") + 1] ?? "{}") as { readonly id: string }).id,
    }));
    ledger.ends({ channel, epoch: epoch ?? "", top: Number(top), entries }, Date.now());
  }
  await bookDeadLetters(stage, ledger);
}
