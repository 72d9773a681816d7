import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export type Service = "node" | "balancer" | "producer" | "storefront";

const START_TIMEOUT_MS = 30_000;
/** Log lines kept for the report of a failure. */
const KEPT_LINES = 2_000;

interface Entry {
  readonly msg?: string;
  readonly port?: number;
  readonly opsPort?: number;
  readonly adminPort?: number;
}

/** One service as a process of its own, started from its main.ts as in production. */
export class ServiceProcess implements AsyncDisposable {
  readonly name: string;
  readonly log: string[] = [];
  port = 0;
  opsPort = 0;
  readonly #child: ChildProcess;
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #exited: Promise<number | null>;

  private constructor(name: string, child: ChildProcess, onLine?: (line: string) => void) {
    this.name = name;
    this.#child = child;
    this.#onLine = onLine;
    this.#exited = once(child, "exit").then(([code]) => code as number | null);
  }

  /** Resolves once the service says on which port it serves; rejects with its log if it ends before. */
  static async start(
    service: Service,
    name: string,
    env: Readonly<Record<string, string>>,
    onLine?: (line: string) => void,
  ): Promise<ServiceProcess> {
    const main = `${import.meta.dirname}/../../services/${service}/src/main.ts`;
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [main], { env: { PATH, HOME, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const started = new ServiceProcess(name, child, onLine);
    const serving = Promise.withResolvers<void>();
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        started.#note(line);
        if (started.port !== 0) serving.resolve();
      });
    const timeout = setTimeout(
      () => serving.reject(new Error("it did not say on which port it serves")),
      START_TIMEOUT_MS,
    );
    const ended = started.#exited.then((code) => Promise.reject(new Error(`it exited with ${code}`)));
    try {
      await Promise.race([serving.promise, ended]);
    } catch (cause) {
      child.kill("SIGKILL");
      throw new Error(
        `${name} did not start: ${cause instanceof Error ? cause.message : cause}\n${started.log.join("\n")}`,
      );
    } finally {
      clearTimeout(timeout);
    }
    return started;
  }

  /** The exit code, once it has ended; null where a signal ended it. */
  get exited(): Promise<number | null> {
    return this.#exited;
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

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.running) return;
    this.#child.kill("SIGCONT");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await this.signal("SIGTERM");
    clearTimeout(late);
  }

  #note(line: string): void {
    if (this.log.length >= KEPT_LINES) this.log.shift();
    this.log.push(line);
    this.#onLine?.(line);
    if (!line.startsWith("{")) return;
    const { port, opsPort, adminPort } = JSON.parse(line) as Entry;
    if (port === undefined || this.port !== 0) return;
    this.port = port;
    this.opsPort = opsPort ?? adminPort ?? 0;
  }
}
