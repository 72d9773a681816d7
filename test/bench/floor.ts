import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A process that does nothing but write the same bytes to the same number of sockets. */
export class Floor implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #said: Interface;

  private constructor(child: ChildProcess, said: Interface, port: number) {
    this.#child = child;
    this.#said = said;
    this.port = port;
  }

  /** Starts a floor program with the payload's length as its argument. Rejects when it ends before it listens. */
  static async start(command: string, args: readonly string[], payloadBytes: number): Promise<Floor> {
    const child = spawn(command, [...args, String(payloadBytes)], { stdio: ["pipe", "pipe", "inherit"] });
    const said = createInterface({ input: child.stdout });
    const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`${command} exited with ${code}`)));
    const [line] = (await Promise.race([once(said, "line"), ended])) as readonly string[];
    ended.catch(() => undefined); // it ends when it is disposed
    return new Floor(child, said, Number(line?.slice("port ".length)));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Writes so many messages to every socket, each with a write of its own. */
  async write(messages: number): Promise<void> {
    const done = once(this.#said, "line");
    this.#child.stdin?.write(`${messages}\n`);
    await done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.stdin?.end();
    await gone;
  }
}

export const startNodeFloor = (payloadBytes: number): Promise<Floor> =>
  Floor.start(process.execPath, [`${import.meta.dirname}/floor-server.ts`], payloadBytes);

/** Compiles floor.c into `folder`; undefined where there is no C compiler. */
export async function compileFloor(folder: string): Promise<string | undefined> {
  const program = `${folder}/floor`;
  try {
    await run("cc", ["-O2", "-o", program, `${import.meta.dirname}/floor.c`]);
    return program;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
