import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inject } from "vitest";

/** A balancer as a process of its own, with only the environment that it is given. */
export class BalancerProcess implements AsyncDisposable {
  readonly port: number;
  readonly adminPort: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ports: { readonly port: number; readonly adminPort: number }) {
    this.#child = child;
    this.port = ports.port;
    this.adminPort = ports.adminPort;
  }

  /** Resolves once it serves; rejects when it ends before. */
  static async start(env: Readonly<Record<string, string>>): Promise<BalancerProcess> {
    const child = spawn(process.execPath, [`${import.meta.dirname}/../main.ts`], {
      env: {
        NODE_ENV: "test",
        BELLWIRE_BALANCER_HOST: "127.0.0.1",
        BELLWIRE_BALANCER_ADMIN_PORT: "0",
        BELLWIRE_BALANCER_IO: inject("io"),
        ...env,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: string[] = [];
    const serving = new Promise<{ port: number; adminPort: number }>((resolve) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        lines.push(line);
        const entry = JSON.parse(line) as { msg?: string; port: number; adminPort: number };
        if (entry.msg === "balancer serves") resolve(entry);
      });
    });
    const ended = once(child, "exit").then(() => Promise.reject(new Error(`it ended:\n${lines.join("\n")}`)));
    return new BalancerProcess(child, await Promise.race([serving, ended]));
  }

  /** Resolves to the exit code. */
  async stop(): Promise<number | null> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const [code] = await exited;
    return code as number | null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
