import { type Pair, startNativePair } from "../backends/pair.ts";
import { Cluster } from "../cluster/cluster.ts";
import { Customer } from "../cluster/customer.ts";
import { TOKEN } from "./operator.ts";

/** Why an SDK client had to connect anew, and when. */
export interface Departure {
  readonly code: number;
  readonly at: number;
}

/** Our balancer before real bellwire nodes, on a RabbitMQ and a Redis of its own. */
export class Bellwire implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly customers: Customer[] = [];
  /** Of all customers, in order. */
  readonly departures: Departure[] = [];
  readonly #pair: Pair;

  private constructor(cluster: Cluster, pair: Pair) {
    this.cluster = cluster;
    this.#pair = pair;
  }

  static async start(nodes: number, env: Readonly<Record<string, string>>): Promise<Bellwire> {
    const pair = await startNativePair();
    try {
      const backend = { name: "native", redisUrl: pair.redisUrl, amqpUrl: pair.amqpUrl };
      const cluster = await Cluster.start(backend, { nodes, env: { BELLWIRE_BALANCER_ADMIN_TOKEN: TOKEN, ...env } });
      return new Bellwire(cluster, pair);
    } catch (error) {
      await pair.stop();
      throw error;
    }
  }

  /** Resolves once so many customers more are live, each with the official SDK. */
  async live(count: number): Promise<void> {
    const fresh = Array.from({ length: count }, (_, index) => new Customer(this.cluster, `customer-${index}`));
    this.customers.push(...fresh);
    await Promise.all(fresh.map((customer) => customer.live()));
    for (const { client } of fresh)
      client.on("connecting", ({ code }) => this.departures.push({ code, at: performance.now() }));
  }

  /** How many customers are on that node. */
  on(node: string): number {
    return this.customers.filter((customer) => customer.node === node && customer.client.state === "connected").length;
  }

  /** The sum of the balancer's metrics whose line begins so. */
  async metric(start: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.cluster.balancer.opsPort}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line.startsWith(start));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
    await this.#pair.stop();
  }
}
