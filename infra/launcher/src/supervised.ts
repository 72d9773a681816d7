import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { guard } from "@bellwire/backends";
import { splitLines } from "./lines.ts";

/** What is told of a service's process. */
export interface Watcher {
  line(name: string, line: string): void;
  started(name: string, pid: number, times: number): void;
  /** `restartInMs` is absent when it was asked to end. */
  ended(name: string, how: string, restartInMs: number | undefined): void;
}

export interface Command {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;
/** A process that lived so long has the short pause again. */
const SETTLED_MS = 30_000;

/** The pause before a process is started again, ms: 1, 2, 4, 8, then 10 s while it keeps dying young. */
export const pauseAfter = (earlyDeaths: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, earlyDeaths - 1), LONGEST_PAUSE_MS);

/** A service's process that is started again when it dies, until it is asked to end. */
export class Supervised {
  readonly name: string;
  readonly #command: Command;
  readonly #watcher: Watcher;
  #child: ChildProcess | undefined;
  #pause: NodeJS.Timeout | undefined;
  #stopping = false;
  #times = 0;
  #earlyDeaths = 0;

  constructor(command: Command, watcher: Watcher) {
    this.name = command.name;
    this.#command = command;
    this.#watcher = watcher;
  }

  start(): void {
    if (this.#stopping) return;
    const { file, args, env } = this.#command;
    const startedAt = performance.now();
    // A session of its own: a terminal's Ctrl-C reaches the launcher alone, which then asks each service once.
    const child = spawn(process.execPath, [file, ...args], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      const lines = splitLines((line) => this.#watcher.line(this.name, line));
      stream.setEncoding("utf8").on("data", (chunk: string) => lines.push(chunk));
      stream.once("end", () => lines.end());
    }
    const forget = child.pid === undefined ? undefined : guard({ kind: "group", id: child.pid });
    if (child.pid !== undefined) {
      this.#times += 1;
      this.#watcher.started(this.name, child.pid, this.#times);
    }
    child.once("error", (error) => this.#over(child, error.message, startedAt));
    child.once("exit", (code, signal) => {
      forget?.();
      this.#over(child, signal === null ? `exit code ${code}` : signal, startedAt);
    });
  }

  /** Asks politely, and after `withinMs` no more. Resolves to false if it had to be killed. */
  async stop(withinMs: number): Promise<boolean> {
    this.#stopping = true;
    clearTimeout(this.#pause);
    const child = this.#child;
    if (child === undefined) return true;
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    const timeout = setTimeout(() => child.kill("SIGKILL"), withinMs);
    await exit;
    clearTimeout(timeout);
    return child.signalCode !== "SIGKILL";
  }

  #over(child: ChildProcess, how: string, startedAt: number): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    if (this.#stopping) return this.#watcher.ended(this.name, how, undefined);
    this.#earlyDeaths = performance.now() - startedAt > SETTLED_MS ? 1 : this.#earlyDeaths + 1;
    const pauseMs = pauseAfter(this.#earlyDeaths);
    this.#watcher.ended(this.name, how, pauseMs);
    this.#pause = setTimeout(() => this.start(), pauseMs);
  }
}
