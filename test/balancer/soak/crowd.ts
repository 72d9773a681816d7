import { once } from "node:events";
import type { Socket } from "node:net";
import type { CrowdReport } from "./crowd-orders.ts";
import { RoundTripTimer } from "./round-trips.ts";
import { ECHO_BYTES, FRAME, openWire } from "./wire.ts";

const OPENING_AT_ONCE = 50;
const TICK_MS = 10;
const KEPT_FAILURES = 20;
const THROUGH_EVERY_MS = 47;
const DIRECT_EVERY_MS = 53;

/** Many clients: they come, some go and others come, all say something from time to time. */
export class Crowd {
  /** Oldest first. */
  readonly #held = new Set<Socket>();
  readonly #failures: string[] = [];
  readonly #timers: RoundTripTimer[] = [];
  /** The tunnel and the direct connection whose round trips are compared. */
  #measured: Socket | undefined;
  #direct: Socket | undefined;
  #port = 0;
  #opened = 0;
  #failed = 0;
  #lost = 0;
  #messages = 0;
  #echoed = 0;
  #busy = 0;
  #stirring: NodeJS.Timeout | undefined;
  #talking: IteratorObject<Socket> | undefined;

  async fill(where: { readonly port: number; readonly nodePort: number }, tunnels: number): Promise<void> {
    this.#port = where.port;
    let left = tunnels - 1;
    const lane = async () => {
      while (left-- > 0) this.#hold(await this.#open());
    };
    await Promise.all(Array.from({ length: OPENING_AT_ONCE }, lane));
    const through = await this.#open();
    this.#direct = await openWire(where.nodePort);
    if (through === undefined) throw new Error("the last tunnel did not open");
    this.#timers.push(new RoundTripTimer(through, THROUGH_EVERY_MS));
    this.#timers.push(new RoundTripTimer(this.#direct, DIRECT_EVERY_MS));
    this.#measured = through;
  }

  stir(opensPerSecond: number, everyMs: number): void {
    let due = 0;
    let toSay = 0;
    let at = performance.now();
    this.#stirring = setInterval(() => {
      const passed = performance.now() - at;
      at += passed;
      due += (passed * opensPerSecond) / 1_000;
      for (; due >= 1; due--) void this.#replaceOldest();
      toSay += (passed * this.#held.size) / everyMs;
      for (; toSay >= 1; toSay--) this.#sayNext();
    }, TICK_MS);
  }

  /** Resolves once nothing is opening or closing. */
  async rest(): Promise<void> {
    clearInterval(this.#stirring);
    while (this.#busy > 0) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }

  get report(): CrowdReport {
    const [through = { p50: 0, p99: 0 }, direct = { p50: 0, p99: 0 }] = this.#timers.map(({ times }) => times);
    return {
      held: this.#held.size + (this.#measured === undefined ? 0 : 1),
      ...{ opened: this.#opened, failed: this.#failed, failures: this.#failures, lost: this.#lost },
      ...{ messages: this.#messages, echoes: Math.floor(this.#echoed / ECHO_BYTES), through, direct },
    };
  }

  async leave(): Promise<void> {
    await this.rest();
    for (const timer of this.#timers) timer[Symbol.dispose]();
    const left = [...this.#held, this.#measured, this.#direct].filter((socket) => socket !== undefined);
    this.#held.clear();
    this.#measured = undefined;
    await Promise.all(left.map(end));
  }

  async #replaceOldest(): Promise<void> {
    const [oldest] = this.#held;
    if (oldest === undefined) return;
    this.#held.delete(oldest);
    this.#busy += 1;
    await end(oldest);
    this.#hold(await this.#open());
    this.#busy -= 1;
  }

  #sayNext(): void {
    this.#talking ??= this.#held.values();
    const { value, done } = this.#talking.next();
    if (done === true || value === undefined) this.#talking = undefined;
    else {
      value.write(FRAME);
      this.#messages += 1;
    }
  }

  async #open(): Promise<Socket | undefined> {
    try {
      const socket = await openWire(this.#port);
      this.#opened += 1;
      socket.on("error", () => undefined);
      return socket;
    } catch (error) {
      this.#failed += 1;
      if (this.#failures.length < KEPT_FAILURES) this.#failures.push(String(error));
      return undefined;
    }
  }

  #hold(socket: Socket | undefined): void {
    if (socket === undefined) return;
    this.#held.add(socket);
    socket.on("data", (chunk) => {
      this.#echoed += chunk.length;
    });
    socket.on("close", () => {
      if (this.#held.delete(socket)) this.#lost += 1;
    });
  }
}

/** Ends it as a client does that leaves; resolves once the other side has too. */
async function end(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closed = once(socket, "close");
  socket.resume().end();
  await closed;
}
