import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { CLEAR, Pump, type Weather } from "./pump.ts";

/** `up`: from who connects to the server; `down`: back. */
export type Direction = "up" | "down" | "both";

interface Address {
  readonly host: string;
  readonly port: number;
}

interface Passage {
  readonly near: Socket;
  readonly far: Socket;
  readonly pumps: readonly Pump[];
}

/** Made for each new connection: hears the bytes that are handed on to the server. */
export type Witness = () => (bytes: Buffer) => void;

const NOBODY: Witness = () => () => undefined;

/** A TCP way to a server, on which a test can do what networks do. */
export class FaultPath implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #target: Address;
  readonly #passages = new Set<Passage>();
  /** Near ends whose far ends are gone without a word. */
  readonly #orphans = new Set<Socket>();
  #up: Weather = CLEAR;
  #down: Weather = CLEAR;
  #witness: Witness = NOBODY;
  #server: Server | undefined;

  private constructor(server: Server, target: Address) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no TCP port");
    this.host = address.address;
    this.port = address.port;
    this.#target = target;
    this.#take(server);
  }

  /** Listens on the loopback, on a free port unless `at` names another place, and forwards to `url`'s host and port. */
  static async to(url: string, at: Partial<Address> = {}): Promise<FaultPath> {
    const { hostname, port } = new URL(url);
    const server = await listen({ host: at.host ?? "127.0.0.1", port: at.port ?? 0 });
    return new FaultPath(server, { host: hostname, port: Number(port) });
  }

  /** `url` by this way. */
  of(url: string): string {
    const by = new URL(url);
    by.hostname = this.host;
    by.port = String(this.port);
    return by.href;
  }

  /** From the next connection on. */
  watch(witness: Witness): void {
    this.#witness = witness;
  }

  /** Ends every connection at once and refuses new ones. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.close();
    this.reset();
    if (server?.listening) await once(server, "close");
  }

  /** Takes back everything that was done to the way. */
  async mend(): Promise<void> {
    if (this.#server === undefined) this.#take(await listen(this));
    for (const orphan of this.#orphans) orphan.resetAndDestroy();
    this.weather(CLEAR);
  }

  /** Ends every connection at once; new ones are welcome. */
  reset(): void {
    for (const { near, far } of this.#passages) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    for (const orphan of this.#orphans) orphan.resetAndDestroy();
  }

  /** The server's ends of all connections close; who connected is not told, and talks to nobody. New ones are welcome. */
  halfOpen(): void {
    for (const { near, far } of this.#passages) {
      this.#orphans.add(near);
      near.once("close", () => this.#orphans.delete(near));
      far.resetAndDestroy();
    }
  }

  /** Changes the weather of one direction or both; what is not named is clear. */
  weather(weather: Partial<Weather>, direction: Direction = "both"): void {
    if (direction !== "down") this.#up = { ...CLEAR, ...weather };
    if (direction !== "up") this.#down = { ...CLEAR, ...weather };
    for (const { pumps } of this.#passages) for (const pump of pumps) pump.look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  #take(server: Server): void {
    this.#server = server;
    server.on("connection", (near) => {
      const far = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
      near.setNoDelay(true);
      const pumps = [
        new Pump(near, far, { weather: () => this.#up, passed: this.#witness() }),
        new Pump(far, near, { weather: () => this.#down, passed: NOBODY() }),
      ];
      const passage = { near, far, pumps };
      this.#passages.add(passage);
      const over = () => {
        this.#passages.delete(passage);
        for (const pump of pumps) pump.close();
      };
      near.on("error", () => far.resetAndDestroy());
      far.on("error", () => {
        if (!this.#orphans.has(near)) near.resetAndDestroy();
      });
      near.on("close", () => {
        over();
        far.destroy();
      });
      far.on("close", () => {
        over();
        if (!this.#orphans.has(near)) near.destroySoon();
      });
    });
  }
}

async function listen(at: Address): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }).listen(at.port, at.host);
  await once(server, "listening");
  return server;
}
