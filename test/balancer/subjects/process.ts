import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { until } from "@bellwire/backends";

const STOP_MS = 8_000;
/** Log lines kept for the tests and for the report of a failure. */
const KEPT_LINES = 5_000;

/** A balancer's process (for nginx and HAProxy its master), its output kept. */
export class BalancerProcess implements AsyncDisposable {
  readonly output: string[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;

  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { PATH = "", HOME = "" } = process.env;
    this.#child = spawn(file, args, { env: { PATH, HOME, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.#exited = once(this.#child, "exit").then(([code]) => code as number | null);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream) createInterface({ input: stream }).on("line", (line) => this.#note(line));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves to the exit code; null where a signal ended it. */
  signal(name: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(name);
    return this.#exited;
  }

  /** Resolves once `check` says something; rejects with the output when the process has ended or it took too long. */
  async ready<Fact>(what: string, check: () => Promise<Fact | undefined>): Promise<Fact> {
    try {
      return await until(
        async () => {
          if (this.running) return await check();
          throw new Error("it has ended");
        },
        { what, withinMs: 20_000, everyMs: 50 },
      );
    } catch (cause) {
      await this[Symbol.asyncDispose]();
      throw new Error(`${what}\n${this.output.join("\n")}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.running) return;
    const late = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    await this.signal("SIGTERM");
    clearTimeout(late);
  }

  #note(line: string): void {
    if (this.output.length >= KEPT_LINES) this.output.shift();
    this.output.push(line);
  }
}

/** True once somebody accepts on that port; undefined before. */
export const accepts = (port: number): Promise<true | undefined> =>
  new Promise((resolve) => {
    const probe = connect({ host: "127.0.0.1", port });
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(undefined));
  });
