import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const MAIN = `${import.meta.dirname}/node/main.ts`;

/** A node as a process of its own, and all that it has logged. */
export class NodeProcess implements AsyncDisposable {
  readonly log: readonly string[];
  readonly port: number;
  readonly opsPort: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, log: string[], ports: { readonly port: number; readonly opsPort: number }) {
    this.#child = child;
    this.log = log;
    this.port = ports.port;
    this.opsPort = ports.opsPort;
  }

  /** Resolves once it is up; rejects with what it said if it ends before. */
  static async start(env: Readonly<Record<string, string>>): Promise<NodeProcess> {
    const ports = { BELLWIRE_NODE_PORT: "0", BELLWIRE_NODE_OPS_PORT: "0", BELLWIRE_NODE_DRAIN_NOTICE_MS: "0" };
    const child = spawn(process.execPath, [MAIN], { env: { ...ports, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const lines: string[] = [];
    const up = Promise.withResolvers<{ readonly port: number; readonly opsPort: number }>();
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (line.includes('"node is up"')) up.resolve(JSON.parse(line) as { port: number; opsPort: number });
      });
    child.on("exit", (code) => up.reject(new Error(`the node exited with ${code}:\n${lines.join("\n")}`)));
    return new NodeProcess(child, lines, await up.promise);
  }

  /** Resolves once it has drained and all that it logged has been read. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, "close");
    this.#child.kill("SIGTERM");
    await gone;
  }
}
