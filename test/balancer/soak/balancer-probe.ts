import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { descriptors, residentKb } from "../process-cost.ts";
import type { Subject } from "../subjects/subject.ts";

const CLOCK_TICKS_PER_SECOND = 100;

/** What a look at the balancer's process and its metrics tells. */
export interface Sample {
  /** Since the soak began. */
  readonly atMs: number;
  readonly residentKb: number;
  readonly descriptors: number;
  readonly cpuMs: number;
  /** The event loop's delay since the last sample, p99. */
  readonly loopMs: number;
  readonly scrapeMs: number;
}

/** Looks at our balancer from outside, with a connection for each look, so that none of ours stays open in it. */
export class BalancerProbe {
  readonly #subject: Subject;
  readonly #startedAt = performance.now();

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  async sample(): Promise<Sample> {
    const { pid } = this.#subject.process;
    const askedAt = performance.now();
    const metrics = await this.metrics();
    const scrapeMs = performance.now() - askedAt;
    return {
      atMs: performance.now() - this.#startedAt,
      residentKb: await residentKb(pid),
      descriptors: await descriptors(pid),
      cpuMs: await cpuMs(pid),
      loopMs: sumOf(metrics, "nodejs_eventloop_lag_p99_seconds") * 1_000,
      scrapeMs,
    };
  }

  /** The fewest descriptors of so many looks, ten a second: health checks come and go, and kept connections end. */
  async quietDescriptors(looks: number): Promise<number> {
    const counts: number[] = [];
    for (let look = 0; look < looks; look++) {
      counts.push(await descriptors(this.#subject.process.pid));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return Math.min(...counts);
  }

  metrics(): Promise<string> {
    return read(`http://127.0.0.1:${this.#subject.adminPort}/metrics`);
  }
}

/** The sum of the metrics whose line begins so. */
export function sumOf(metrics: string, start: string): number {
  const lines = metrics.split("\n").filter((line) => line.startsWith(start));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

async function read(url: string): Promise<string> {
  const [answer] = (await once(get(url, { agent: false, headers: { connection: "close" } }), "response")) as [
    IncomingMessage,
  ];
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk;
  return text;
}

/** User and system time of the process. */
async function cpuMs(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / CLOCK_TICKS_PER_SECOND;
}
