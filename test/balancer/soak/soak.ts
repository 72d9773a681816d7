import { startNodes } from "../node-process.ts";
import { startSubject } from "../subjects/start.ts";
import { BalancerProbe, type Sample, sumOf } from "./balancer-probe.ts";
import type { CrowdReport } from "./crowd-orders.ts";
import { CrowdProcess } from "./crowd-process.ts";

const NODES = 3;
const QUIET_LOOKS = 20;
const KEPT_WARNINGS = 20;
/** A log line of level warn and up. */
const WARNING = /"level":(?:"(?:warn|error|fatal)"|[456]0)/;

export interface SoakPlan {
  readonly tunnels: number;
  readonly forMs: number;
  /** At its start; samples from it do not count for the slope. */
  readonly warmUpMs: number;
  readonly opensPerSecond: number;
  /** Each tunnel says something so often, as nodes' pings do. */
  readonly everyMs: number;
  readonly sampleEveryMs: number;
}

/** What the soak has found. */
export interface SoakFigures {
  readonly plan: SoakPlan;
  readonly samples: readonly Sample[];
  readonly crowd: CrowdReport;
  /** What the balancer warned of, at most 20 lines, and tries at nodes that led to nothing. */
  readonly warnings: readonly string[];
  readonly attemptsFailed: number;
  /** Of the balancer's process: before any tunnel, with all of them, and after they have left. */
  readonly descriptors: { readonly before: number; readonly held: number; readonly after: number };
  readonly counters: {
    readonly opened: number;
    readonly closedByClients: number;
    readonly closedOtherwise: number;
    readonly refused: number;
    /** On all nodes, at the end, as the balancer counts and as the nodes do. */
    readonly active: number;
    readonly openOnNodes: number;
  };
}

/** Holds tunnels through our balancer while some go and others come, and looks at its process all the while. */
export async function soak(plan: SoakPlan, say: (text: string) => void): Promise<SoakFigures> {
  await using nodes = await startNodes(NODES);
  await using subject = await startSubject("ours", nodes.all);
  using crowd = new CrowdProcess();
  const probe = new BalancerProbe(subject);
  const before = await probe.quietDescriptors(QUIET_LOOKS);
  const { port } = subject;
  await crowd.tell({ kind: "fill", port, nodePort: nodes.get("a").port, tunnels: plan.tunnels });
  say(`${plan.tunnels} tunnels held`);
  await crowd.tell({ kind: "stir", opensPerSecond: plan.opensPerSecond, everyMs: plan.everyMs });
  const samples = await look(probe, plan, say);
  await crowd.tell({ kind: "rest" });
  const held = await probe.quietDescriptors(QUIET_LOOKS);
  const report = await crowd.tell({ kind: "report" });
  await crowd.tell({ kind: "leave" });
  const after = await probe.quietDescriptors(QUIET_LOOKS);
  const metrics = await probe.metrics();
  const closed = sumOf(metrics, "bellwire_balancer_tunnels_closed_total");
  const closedByClients = sumOf(metrics, 'bellwire_balancer_tunnels_closed_total{cause="client"}');
  const openOnNodes = (await nodes.open()).reduce((sum, open) => sum + open, 0);
  return {
    ...{ plan, samples, crowd: report, descriptors: { before, held, after } },
    warnings: subject.process.output.filter((line) => WARNING.test(line)).slice(0, KEPT_WARNINGS),
    attemptsFailed: sumOf(metrics, "bellwire_balancer_attempts_failed_total"),
    counters: {
      opened: sumOf(metrics, "bellwire_balancer_open_seconds_count"),
      closedByClients,
      closedOtherwise: closed - closedByClients,
      refused: sumOf(metrics, "bellwire_balancer_answers_total"),
      active: sumOf(metrics, "bellwire_balancer_node_active"),
      openOnNodes,
    },
  };
}

/** Samples at even distances until the time is over. */
async function look(probe: BalancerProbe, plan: SoakPlan, say: (text: string) => void): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  for (let due = plan.sampleEveryMs; due <= plan.forMs; due += plan.sampleEveryMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startedAt + due - performance.now())));
    const sample = await probe.sample();
    samples.push(sample);
    say(
      `${(due / 1_000).toFixed(0)} s: ${(sample.residentKb / 1_024).toFixed(1)} MB, ${sample.descriptors} descriptors, ` +
        `loop p99 ${sample.loopMs.toFixed(1)} ms, scrape ${sample.scrapeMs.toFixed(1)} ms`,
    );
  }
  return samples;
}
