import { readFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { startNodes } from "../../balancer/node-process.ts";
import { type SubjectName, startSubject } from "../../balancer/subjects/start.ts";
import type { Subject } from "../../balancer/subjects/subject.ts";
import type { Door } from "./load/task.ts";
import { LoadProcess } from "./load-process.ts";
import { startNegotiating } from "./negotiating.ts";
import { cpuMs, processTree, pssKb } from "./process-tree.ts";
import { median, renderTable } from "./table.ts";

/** npm run bench:balancer -- [rounds] */
const ROUNDS = Number(process.argv[2] ?? 7);
const NAMES = ["nginx", "haproxy", "ours"] as const satisfies readonly SubjectName[];
/** Ours, asked for a node's address that clients then connect to. */
const NEGOTIATED = "ours, negotiated";
/** Ours without system calls of its own. */
const ON_SOCKETS = "ours on Node's sockets";
const NAMES_ALONE = [...NAMES, ON_SOCKETS];
const OPENS = 3_000;
const TALKING = 100;
const LONE = { underWay: 1, total: 20_000 };
const COALESCED = { underWay: 16, total: 80_000 };
const LATENCY = { underWay: 1, total: 2_000 };
/** After so many, what is compiled at run time has been. */
const WARM_UP_OPENS = 12_000;
const WARM_UP_HELD = 200;
const IDLE = 3_000;
const SCRAPES = 5;

/** One process or thread that forwards, in each: what is compared is work, not cores. */
const alone = {
  nginx: { "worker_processes auto": "worker_processes 1" },
  haproxy: { "  maxconn 9500": "  maxconn 9500\n  nbthread 1" },
};

const titles = {
  opens: "CPU per 1,000 opens, ms",
  lone: "CPU per 100,000 messages, one at a time, s",
  coalesced: "CPU per 100,000 messages, 16 together, s",
  latency: "added to a round trip (p50, one connection), µs",
  memory: "memory per idle tunnel (PSS), KB",
  scrape: "a scrape of /metrics over 3,000 tunnels, ms",
};

await using nodes = await startNodes(2);
using load = new LoadProcess();

const start = (name: string): Promise<Subject> => {
  const known = NAMES.find((one) => one === name);
  if (known !== undefined) return startSubject(known, nodes.all, alone);
  return startSubject("ours", nodes.all, { env: { BELLWIRE_BALANCER_IO: "node" } });
};

const results = new Map(Object.values(titles).map((title) => [title, new Map<string, number[]>()]));

function record(title: string, name: string, value: number): void {
  const values = results.get(title);
  values?.set(name, [...(values.get(name) ?? []), value]);
}

/** CPU time of the balancer's processes over `work`, ms. */
async function cpuOver(subject: Subject, work: () => Promise<unknown>): Promise<number> {
  const pids = await processTree(subject.process.pid);
  const before = await cpuMs(pids);
  await work();
  return (await cpuMs(pids)) - before;
}

const doorOf = (name: string, { port }: Subject): Door => ({ port, negotiate: name === NEGOTIATED });

async function measure(name: string, subject: Subject): Promise<void> {
  const door = doorOf(name, subject);
  const opens = await cpuOver(subject, () => load.run({ kind: "opens", ...door, count: OPENS, atOnce: 48 }));
  record(titles.opens, name, opens / (OPENS / 1_000));
  await load.run({ kind: "hold", ...door, count: TALKING });
  for (const [title, shape] of [
    [titles.lone, LONE],
    [titles.coalesced, COALESCED],
  ] as const) {
    const cpu = await cpuOver(subject, () => load.run({ kind: "echoes", ...shape }));
    record(title, name, cpu / 1_000 / ((shape.total * 2) / 100_000)); // An echo is forwarded twice.
  }
  await load.run({ kind: "release" });
}

async function roundTripUs(door: Door): Promise<number> {
  await load.run({ kind: "hold", ...door, count: 1 });
  const { p50Us } = await load.run({ kind: "echoes", ...LATENCY });
  await load.run({ kind: "release" });
  return p50Us;
}

async function addedLatency(subjects: ReadonlyMap<string, Subject>): Promise<void> {
  const direct = await roundTripUs(nodes.get("a"));
  for (const [name, subject] of subjects)
    record(titles.latency, name, (await roundTripUs(doorOf(name, subject))) - direct);
}

async function idleMemory(name: string): Promise<void> {
  await using subject = await start(name);
  const { port } = subject;
  const pids = await processTree(subject.process.pid);
  await load.run({ kind: "hold", port, count: WARM_UP_HELD });
  await load.run({ kind: "release" });
  const before = await pssKb(pids);
  await load.run({ kind: "hold", port, count: IDLE });
  record(titles.memory, name, ((await pssKb(pids)) - before) / IDLE);
  if (name === "ours") record(titles.scrape, name, await scrapeMs(subject));
  await load.run({ kind: "release" });
}

/** The middle one of some scrapes after a first, which alone finds nothing prepared. */
async function scrapeMs({ adminPort }: Subject): Promise<number> {
  const times: number[] = [];
  for (let scrape = 0; scrape <= SCRAPES; scrape++) {
    const startedAt = performance.now();
    await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    if (scrape > 0) times.push(performance.now() - startedAt);
  }
  return median(times);
}

async function rounds(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const subjects = new Map<string, Subject>();
  for (const name of NAMES_ALONE) subjects.set(name, stack.use(await start(name)));
  subjects.set(NEGOTIATED, stack.use(await startNegotiating(nodes.all)));
  for (const [name, subject] of subjects)
    await load.run({ kind: "opens", ...doorOf(name, subject), count: WARM_UP_OPENS, atOnce: 20 });
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, subject] of subjects) await measure(name, subject);
    await addedLatency(subjects);
    console.log(`round ${round + 1} of ${ROUNDS} done, load ${loadavg()[0]?.toFixed(1)}`);
  }
}

const model = cpus()[0]?.model ?? "unknown processor";
const kernel = (await readFile("/proc/sys/kernel/osrelease", "utf8")).trim();
console.log(
  `${cpus().length} × ${model}, Linux ${kernel}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}\n`,
);
await rounds();
for (let round = 0; round < Math.min(ROUNDS, 3); round++) for (const name of NAMES_ALONE) await idleMemory(name);
const measures = [...results].map(([title, values]) => ({ title, values }));
console.log(`\nmedian of ${ROUNDS} interleaved rounds (least–greatest) ×ratio to nginx\n`);
console.log(renderTable(measures, [...NAMES_ALONE, NEGOTIATED]));
const opened = results.get(titles.opens)?.get("nginx") ?? [];
const spread = (Math.max(...opened) - Math.min(...opened)) / median(opened);
console.log(`\nnoise: from its least to its greatest, nginx's opens differed by ${(spread * 100).toFixed(0)} %`);
