import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createTokenSigner } from "@bellwire/auth";
import { ServiceProcess } from "../cluster/service-process.ts";
import type { Processes } from "./cpu.ts";
import type { Login } from "./member.ts";
import type { Servers } from "./servers.ts";

const SECRET = "the-secret-of-a-benchmark";
const API_KEY = "the-key-of-a-benchmark";
/** Patience with a crowd that a busy machine starves; pings go out as ever. */
const SETTINGS = `${import.meta.dirname}/node-settings.json`;
const ASK_EVERY_MS = 100;
const SETTLE_MS = 30_000;

interface NodeInfo {
  readonly num_clients: number;
  readonly num_channels: number;
}

/** Fresh node processes on the run's servers, with names of their own on both; no balancer. */
export class ClusterUnderTest implements AsyncDisposable {
  readonly prefix: string;
  readonly nodes: readonly ServiceProcess[];
  readonly #servers: Servers;
  readonly #sign = createTokenSigner(SECRET);

  private constructor(prefix: string, nodes: readonly ServiceProcess[], servers: Servers) {
    this.prefix = prefix;
    this.nodes = nodes;
    this.#servers = servers;
  }

  /** Resolves once every node knows all the others. `nodeOptions` are command line options for the nodes' Node. */
  static async start(servers: Servers, count: number, nodeOptions: string): Promise<ClusterUnderTest> {
    const prefix = `bench${randomBytes(4).toString("hex")}`;
    await using starting = new AsyncDisposableStack();
    const nodes: ServiceProcess[] = [];
    for (let index = 1; index <= count; index += 1) {
      const env = {
        NODE_ENV: "production",
        NODE_OPTIONS: nodeOptions,
        BELLWIRE_REDIS_URL: servers.redisUrl,
        BELLWIRE_AMQP_URL: servers.amqpUrl,
        BELLWIRE_PREFIX: prefix,
        BELLWIRE_CONFIG: SETTINGS,
        BELLWIRE_TOKEN_SECRET: SECRET,
        BELLWIRE_API_KEY: API_KEY,
        BELLWIRE_NODE_ID: `node-${index}`,
        BELLWIRE_NODE_PORT: "0",
        BELLWIRE_NODE_OPS_PORT: "0",
        BELLWIRE_NODE_DRAIN_NOTICE_MS: "0",
      };
      nodes.push(starting.use(await ServiceProcess.start("node", `node-${index}`, env)));
    }
    const cluster = new ClusterUnderTest(prefix, nodes, servers);
    await cluster.#until("the nodes did not find each other", (infos) => infos.length === count);
    starting.move();
    return cluster;
  }

  get processes(): Processes {
    return [...this.nodes.map(({ pid }) => ({ name: "node", pid })), ...this.#servers.processes];
  }

  get amqpUrl(): string {
    return this.#servers.amqpUrl;
  }

  /** Tokens for users `name-0` and up, each with its channel: its own orders, unless another is named. */
  logins(name: string, count: number, channel?: string): Promise<readonly Login[]> {
    return Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const sub = `${name}-${index}`;
        return { token: await this.#sign({ sub, ttlSeconds: 3_600 }), channel: channel ?? `orders:user#${sub}` };
      }),
    );
  }

  /** Resolves once nobody is connected any more and the channels that lingered are let go. */
  async deserted(): Promise<void> {
    await this.#until("clients or channels stayed", (infos) =>
      infos.every(({ num_clients, num_channels }) => num_clients === 0 && num_channels === 0),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of [...this.nodes].reverse()) await node[Symbol.asyncDispose]();
  }

  /** Calls the server API of one node. Rejects where it is answered with anything but a result. */
  async api<Result = object>(method: string, body: object, node = this.nodes[0]): Promise<Result> {
    const answer = await fetch(`http://127.0.0.1:${node?.port}/api/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": API_KEY },
      body: JSON.stringify(body),
    });
    const { result, error } = (await answer.json()) as { readonly result?: Result; readonly error?: object };
    if (result === undefined) throw new Error(`/api/${method}: ${JSON.stringify(error ?? answer.status)}`);
    return result;
  }

  /** What every node says of the whole cluster. */
  async #infos(): Promise<ReadonlyArray<readonly NodeInfo[]>> {
    const answers = this.nodes.map((node) => this.api<{ readonly nodes: readonly NodeInfo[] }>("info", {}, node));
    return (await Promise.all(answers)).map(({ nodes }) => nodes);
  }

  async #until(complaint: string, holds: (infos: readonly NodeInfo[]) => boolean): Promise<void> {
    const deadline = performance.now() + SETTLE_MS;
    while (!(await this.#infos()).every(holds)) {
      if (performance.now() > deadline) throw new Error(`${complaint} within ${SETTLE_MS} ms`);
      await pause(ASK_EVERY_MS);
    }
  }
}
