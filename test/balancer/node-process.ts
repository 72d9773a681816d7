import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { freePort } from "../network/free-port.ts";
import type { Behaviour, NodeReport, Order } from "./node/main.ts";

const MAIN = `${import.meta.dirname}/node/main.ts`;
const START_MS = 20_000;

/** A WebSocket node as a process of its own, on a port that it keeps over restarts. */
export class NodeProcess implements AsyncDisposable {
  readonly id: string;
  readonly port: number;
  readonly weight: number;
  #child: ChildProcess | undefined;
  #asked = 0;

  private constructor(id: string, port: number, weight: number) {
    this.id = id;
    this.port = port;
    this.weight = weight;
  }

  /** Resolves once it listens. */
  static async start(id: string, weight = 1): Promise<NodeProcess> {
    const node = new NodeProcess(id, await freePort(), weight);
    await node.up();
    return node;
  }

  /** A node that has a port and does not run yet. */
  static async absent(id: string, weight = 1): Promise<NodeProcess> {
    return new NodeProcess(id, await freePort(), weight);
  }

  get pid(): number {
    return this.#running.pid ?? 0;
  }

  /** Starts it (again), serving and healthy; resolves once it listens. */
  async up(): Promise<void> {
    const child = fork(MAIN, [this.id, String(this.port)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child = child;
    await once(child, "message", { signal: AbortSignal.timeout(START_MS) });
  }

  /** kill -9; resolves once it is gone. */
  async kill(): Promise<void> {
    const child = this.#running;
    this.#child = undefined;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  freeze(): void {
    this.#running.kill("SIGSTOP");
  }

  thaw(): void {
    this.#running.kill("SIGCONT");
  }

  behave(behave: Behaviour): void {
    this.#order({ behave });
  }

  setHealth(healthy: boolean): void {
    this.#order({ healthy });
  }

  /** What it has seen. Never resolves while it is frozen. */
  report(): Promise<NodeReport> {
    const child = this.#running;
    const asked = ++this.#asked;
    return new Promise((resolve) => {
      const hear = (message: { readonly answer?: number; readonly report: NodeReport }) => {
        if (message.answer !== asked) return;
        child.off("message", hear);
        resolve(message.report);
      };
      child.on("message", hear);
      this.#order({ report: asked });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child) await this.kill();
  }

  #order(order: Order): void {
    this.#running.send(order);
  }

  get #running(): ChildProcess {
    if (this.#child === undefined) throw new Error(`node ${this.id} does not run`);
    return this.#child;
  }
}

/** Starts `count` nodes, a, b, c and so on. */
export async function startNodes(count: number, weights: readonly number[] = []): Promise<NodeProcesses> {
  const nodes = await Promise.all(
    Array.from({ length: count }, (_, index) => NodeProcess.start("abcdefgh".charAt(index), weights[index])),
  );
  return new NodeProcesses(nodes);
}

/** Several nodes that end together. */
export class NodeProcesses implements AsyncDisposable {
  readonly all: readonly NodeProcess[];

  constructor(nodes: readonly NodeProcess[]) {
    this.all = nodes;
  }

  /** The node of that name. */
  get(id: string): NodeProcess {
    const found = this.all.find((node) => node.id === id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  }

  /** Tunnels that each holds, in order. */
  async open(): Promise<number[]> {
    return (await Promise.all(this.all.map((node) => node.report()))).map(({ open }) => open);
  }

  /** Every request line that any of them has seen. */
  async lines(): Promise<string[]> {
    const reports = await Promise.all(this.all.map((node) => node.report()));
    return reports.flatMap(({ seen }) => seen.map(({ line }) => line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((node) => node[Symbol.asyncDispose]()));
  }
}
