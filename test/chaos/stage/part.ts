import { readFileSync } from "node:fs";
import { type Service, ServiceProcess } from "../../cluster/service-process.ts";
import { type Collected, collectedOf } from "../../heap/collected.ts";

const RETRY_MS = 500;
const PAGE_BYTES = 4_096;

export interface PartOptions {
  readonly name: string;
  readonly service: Service;
  /** The environment of the next start: a node has another id each time. */
  readonly env: (start: number) => Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /** It ended although nobody wanted that. */
  readonly onCrash: (how: string) => void;
}

/** One service of the cluster, started again for as long as it is wanted, as a supervisor would. */
export class Part {
  readonly name: string;
  readonly #options: PartOptions;
  #process: ServiceProcess | undefined;
  #starting: Promise<void> | undefined;
  #starts = 0;
  #closed = false;
  #ending = false;
  /** A fault holds it down. */
  #held = false;
  /** Who has asked what a collection leaves, and was not answered yet. */
  readonly #asking = new Set<(collected: Collected) => void>();

  constructor(options: PartOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get process(): ServiceProcess | undefined {
    return this.#process?.running === true ? this.#process : undefined;
  }

  get service(): Service {
    return this.#options.service;
  }

  get starts(): number {
    return this.#starts;
  }

  /** Resident memory, bytes; undefined while it does not run. */
  get rss(): number | undefined {
    const running = this.process;
    if (running === undefined) return undefined;
    try {
      const pages = Number(readFileSync(`/proc/${running.pid}/statm`, "utf8").split(" ")[1]);
      // One that has ended holds nothing while its parent has not heard of it.
      return pages === 0 ? undefined : pages * PAGE_BYTES;
    } catch {
      // It has ended meanwhile.
      return undefined;
    }
  }

  /** What it holds after a full collection, now; undefined where it does not run or does not say so in time. */
  async collected(withinMs: number): Promise<Collected | undefined> {
    if (this.process === undefined) return undefined;
    const said = Promise.withResolvers<Collected | undefined>();
    this.#asking.add(said.resolve);
    const late = setTimeout(() => said.resolve(undefined), withinMs);
    this.signal("SIGUSR2");
    try {
      return await said.promise;
    } finally {
      clearTimeout(late);
      this.#asking.delete(said.resolve);
    }
  }

  /** Resolves once it serves, however often it has to be started for that. */
  start(): Promise<void> {
    this.#starting ??= this.#startUntilItServes().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Ends it by a signal and starts it again after `downMs`. Answers the exit code, undefined where it did not run. */
  async end(signal: "SIGKILL" | "SIGTERM", downMs: number): Promise<number | null | undefined> {
    const running = this.process;
    if (running === undefined || this.#ending) return undefined;
    this.#ending = true;
    this.#held = true;
    const code = await running.signal(signal);
    await new Promise((resolve) => setTimeout(resolve, downMs));
    this.#ending = false;
    this.#held = false;
    void this.start();
    return code;
  }

  async freeze(ms: number): Promise<void> {
    const running = this.process;
    if (running === undefined) return;
    void running.signal("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, ms));
    void running.signal("SIGCONT");
  }

  signal(name: NodeJS.Signals): void {
    void this.process?.signal(name);
  }

  /** Ends it for good; answers the exit code, undefined where it did not run. */
  async close(): Promise<number | null | undefined> {
    this.#closed = true;
    await this.#starting;
    const running = this.process;
    if (running === undefined) return undefined;
    const late = setTimeout(() => void running.signal("SIGKILL"), 45_000);
    const code = await running.signal("SIGTERM");
    clearTimeout(late);
    return code;
  }

  async #startUntilItServes(): Promise<void> {
    const { service, name, env, onLine } = this.#options;
    const heard = (line: string): void => {
      onLine(line);
      const collected = collectedOf(line);
      if (collected !== undefined) for (const answer of this.#asking) answer(collected);
    };
    while (!this.#closed && !this.#held && this.process === undefined) {
      this.#starts += 1;
      onLine(`--- start ${this.#starts}`);
      try {
        const started = await ServiceProcess.start(service, name, env(this.#starts), heard);
        this.#process = started;
        void started.exited.then((code) => this.#ended(started, code));
      } catch (error) {
        onLine(`--- ${error instanceof Error ? error.message.split("\n")[0] : error}`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #ended(which: ServiceProcess, code: number | null): void {
    this.#options.onLine(`--- ended with ${code}`);
    if (this.#process !== which || this.#ending || this.#closed) return;
    this.#options.onCrash(`${this.name} ended by itself with ${code}: ${which.log.slice(-3).join(" | ")}`);
    void this.start();
  }
}
