import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { NativeBackend } from "./backend.ts";
import { guard } from "./guard.ts";
import { isPortFree } from "./ports.ts";
import { NoUse, until } from "./until.ts";

/** How a server is run. `probe` resolves to its version once it answers. */
export interface ServerPlan {
  readonly name: string;
  readonly url: string;
  /** Made for this server alone; removed with it. */
  readonly folder: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** What `wipe` empties, within `folder`. */
  readonly data: string;
  /** Loopback ports that it takes; free again once it is gone. */
  readonly ports: readonly number[];
  readonly probe: () => Promise<string | undefined>;
  /** Bounds for coming up and for a polite stop, ms. */
  readonly startMs: number;
  readonly stopMs: number;
}

const PROBE_EVERY_MS = 50;
const GONE_MS = 5_000;
const LOG_TAIL_CHARACTERS = 1_500;

/** Starts the planned server; a start that fails leaves nothing. Its output goes to `output.log` in its folder. */
export async function startNativeServer(plan: ServerPlan): Promise<NativeBackend> {
  const server = new NativeServer(plan);
  try {
    await server.launch();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

class NativeServer implements NativeBackend {
  readonly url: string;
  #version = "";
  readonly #plan: ServerPlan;
  readonly #forgetFolder: () => void;
  #child: ChildProcess | undefined;
  #forgetGroup: () => void = () => undefined;
  #stopped: Promise<void> | undefined;

  constructor(plan: ServerPlan) {
    this.#plan = plan;
    this.url = plan.url;
    this.#forgetFolder = guard({ kind: "folder", path: plan.folder });
  }

  get version(): string {
    return this.#version;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.#plan.name} is not running`);
    return pid;
  }

  async launch(): Promise<void> {
    const { name, command, args, env, folder, probe, startMs } = this.#plan;
    const output = await open(join(folder, "output.log"), "a");
    let child: ChildProcess;
    try {
      // A session of its own: a terminal's Ctrl-C reaches the launcher only, and the whole group can be ended.
      child = spawn(command, args, {
        cwd: folder,
        env,
        detached: true,
        stdio: ["ignore", output.fd, output.fd],
      });
      await once(child, "spawn");
    } catch (error) {
      throw new Error(`${name} could not be started: ${command}`, { cause: error });
    } finally {
      await output.close();
    }
    this.#child = child;
    child.unref();
    this.#forgetGroup = guard({ kind: "group", id: this.pid });
    const version = await until(
      async () => {
        if (hasEnded(child)) throw new NoUse(`${name} ended while starting: ${await this.#lastWords()}`);
        return await probe();
      },
      { what: `${name} did not answer`, withinMs: startMs, everyMs: PROBE_EVERY_MS },
    );
    this.#version = version;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill("SIGKILL");
    await this.#ended(child, GONE_MS);
    await this.#endGroup();
  }

  async restart(): Promise<void> {
    if (this.#stopped !== undefined) throw new Error(`${this.#plan.name} was stopped for good`);
    await this.#leave();
    await this.launch();
  }

  async wipe(): Promise<void> {
    if (this.#child !== undefined) throw new Error(`${this.#plan.name} runs: its data cannot be removed`);
    await rm(this.#plan.data, { recursive: true, force: true, maxRetries: 5 });
    await mkdir(this.#plan.data);
  }

  async snapshot(): Promise<void> {
    const { data } = this.#plan;
    await rm(`${data}.kept`, { recursive: true, force: true });
    await cp(data, `${data}.kept`, { recursive: true });
  }

  async revert(): Promise<void> {
    await this.wipe();
    const { data } = this.#plan;
    await cp(`${data}.kept`, data, { recursive: true });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#remove();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #remove(): Promise<void> {
    await this.#leave();
    await rm(this.#plan.folder, { recursive: true, force: true, maxRetries: 5 });
    this.#forgetFolder();
  }

  /** A polite stop within `stopMs`, then an impolite one. */
  async #leave(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    if (!hasEnded(child)) {
      child.kill("SIGTERM");
      // A stopped (SIGSTOP) server could not hear it.
      child.kill("SIGCONT");
      if (!(await this.#ended(child, this.#plan.stopMs))) child.kill("SIGKILL");
      await this.#ended(child, GONE_MS);
    }
    await this.#endGroup();
  }

  /** What the server started beside itself goes with it. */
  async #endGroup(): Promise<void> {
    const group = this.#child?.pid;
    if (group === undefined) return;
    this.#child = undefined;
    signalGroup(group, "SIGKILL");
    // The ports tell: a killed process stays in the process table until init looks.
    await until(async () => (await areFree(this.#plan.ports)) || undefined, {
      what: `${this.#plan.name}'s ports did not become free`,
      withinMs: GONE_MS,
      everyMs: PROBE_EVERY_MS,
    });
    this.#forgetGroup();
  }

  async #ended(child: ChildProcess, withinMs: number): Promise<boolean> {
    if (hasEnded(child)) return true;
    const timeout = AbortSignal.timeout(withinMs);
    child.ref();
    try {
      await once(child, "exit", { signal: timeout });
      return true;
    } catch (error) {
      if (timeout.aborted) return false;
      throw error;
    } finally {
      child.unref();
    }
  }

  async #lastWords(): Promise<string> {
    const text = await readFile(join(this.#plan.folder, "output.log"), "utf8");
    return text.trim().slice(-LOG_TAIL_CHARACTERS) || "it said nothing";
  }
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

const areFree = async (ports: readonly number[]) =>
  (await Promise.all(ports.map((port) => isPortFree(port)))).every((free) => free);

/** A group that has no process any more is no error. */
function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
