import { type ChildProcess, fork } from "node:child_process";
import type { CrowdAnswer, CrowdOrder } from "./crowd-orders.ts";
import type { Login } from "./member.ts";

/** How long any one order may take. A line that is lost would otherwise be waited for without end. */
const ORDER_TIMEOUT_MS = 120_000;

type Settled = PromiseWithResolvers<CrowdAnswer>;

/** Thousands of clients in a process of their own, so that their cost is not the measured one. */
export class Crowd implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, Settled>();
  #orders = 0;
  #expected = 0;

  constructor() {
    this.#child = fork(`${import.meta.dirname}/crowd-process.ts`, { execArgv: [] });
    this.#child.on("message", (message: { id: number; answer?: CrowdAnswer; error?: string }) => {
      const open = this.#open.get(message.id);
      this.#open.delete(message.id);
      if (message.answer !== undefined) open?.resolve(message.answer);
      else open?.reject(new Error(`the crowd could not: ${message.error}`));
    });
    this.#child.on("exit", () => this.#fail(new Error("the crowd's process ended; its last words are above")));
  }

  /** Connects and subscribes one client per login, `parallel` at a time. Resolves when all are live. */
  async login(port: number, logins: readonly Login[], parallel: number): Promise<void> {
    await this.#ask({ kind: "login", port, logins, parallel });
  }

  /** Opens so many bare sockets. */
  async join(port: number, count: number): Promise<void> {
    await this.#ask({ kind: "join", port, count });
  }

  /** Resolves once so many lines more have come than were asked for before. */
  async receives(lines: number): Promise<void> {
    this.#expected += lines;
    const answer = await this.#ask({ kind: "until", lines: this.#expected });
    if (answer.lines > this.#expected) throw new Error(`${answer.lines} lines came, and ${this.#expected} were due`);
  }

  /** Length of the last line, bytes. */
  async lineBytes(): Promise<number> {
    return (await this.#ask({ kind: "until", lines: 0 })).lineBytes;
  }

  /** Delays of the lines since the last call, ms. */
  async latency(): Promise<NonNullable<CrowdAnswer["latency"]>> {
    const { latency } = await this.#ask({ kind: "latency" });
    if (latency === undefined) throw new Error("the crowd measured no latency");
    return latency;
  }

  async leave(): Promise<void> {
    await this.#ask({ kind: "leave" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.disconnect();
    await gone;
  }

  async #ask(order: CrowdOrder): Promise<CrowdAnswer> {
    this.#orders += 1;
    const id = this.#orders;
    const settled = Promise.withResolvers<CrowdAnswer>();
    this.#open.set(id, settled);
    this.#child.send({ id, order });
    const late = setTimeout(
      () => settled.reject(new Error(`the crowd did not do "${order.kind}" in ${ORDER_TIMEOUT_MS} ms`)),
      ORDER_TIMEOUT_MS,
    );
    try {
      return await settled.promise;
    } finally {
      clearTimeout(late);
    }
  }

  #fail(error: Error): void {
    for (const open of this.#open.values()) open.reject(error);
    this.#open.clear();
  }
}
