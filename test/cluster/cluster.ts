import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenSigner } from "@bellwire/auth";
import { Centrifuge, type Options } from "centrifuge";
import { Centrifuge as ProtobufCentrifuge } from "centrifuge/build/protobuf";
import { expect, vi } from "vitest";
import { WebSocket } from "ws";
import type { TestBackends } from "../backends/global-setup.ts";
import { ServiceProcess } from "./service-process.ts";

const SECRET = "the-secret-of-a-test-cluster";
const API_KEY = "the-key-of-a-test-cluster";

export interface ClusterOptions {
  readonly nodes?: number;
  readonly producer?: boolean;
  readonly storefront?: boolean;
  /** More environment for every service. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the nodes' configuration file holds; absent: there is none. */
  readonly config?: object;
}

/** A whole cluster of real processes on real RabbitMQ and Redis, with names of its own on both. */
export class Cluster implements AsyncDisposable {
  readonly prefix: string;
  readonly backend: TestBackends;
  readonly nodes: ServiceProcess[] = [];
  balancer!: ServiceProcess;
  producer: ServiceProcess | undefined;
  storefront: ServiceProcess | undefined;
  readonly #env: Readonly<Record<string, string>>;
  readonly #stack = new AsyncDisposableStack();

  private constructor(backend: TestBackends, env: Readonly<Record<string, string>>) {
    this.prefix = `t${randomBytes(5).toString("hex")}`;
    this.backend = backend;
    this.#env = {
      NODE_ENV: "test",
      BELLWIRE_REDIS_URL: backend.redisUrl,
      BELLWIRE_AMQP_URL: backend.amqpUrl,
      BELLWIRE_PREFIX: this.prefix,
      BELLWIRE_TOKEN_SECRET: SECRET,
      BELLWIRE_API_KEY: API_KEY,
      BELLWIRE_NODE_DRAIN_NOTICE_MS: "300",
      // Nodes that start a moment later have their full share at once, so that stories can count on it.
      BELLWIRE_BALANCER_SLOW_START_MS: "0",
      ...env,
    };
  }

  /** Resolves once the balancer offers every node to clients. */
  static async start(backend: TestBackends, options: ClusterOptions = {}): Promise<Cluster> {
    const { nodes = 3, env = {}, config } = options;
    const file = config && writeConfig(config);
    const cluster = new Cluster(backend, { ...(file && { BELLWIRE_CONFIG: file.path }), ...env });
    if (file !== undefined) cluster.#stack.defer(file.remove);
    try {
      const started = [
        cluster.#startBalancer(),
        ...Array.from({ length: nodes }, (_, index) => cluster.startNode(`node-${index + 1}`)),
      ];
      if (options.producer === true || options.storefront === true)
        cluster.producer = await cluster.#start("producer", "producer", { BELLWIRE_PRODUCER_PORT: "0" });
      await Promise.all(started);
      if (options.storefront === true) cluster.storefront = await cluster.#startStorefront();
      await cluster.offersNodes(nodes);
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get websocketUrl(): string {
    return `ws://127.0.0.1:${this.balancer.port}/connection/websocket`;
  }

  get url(): string {
    return `http://127.0.0.1:${this.balancer.port}`;
  }

  get producerUrl(): string {
    return `http://127.0.0.1:${this.producer?.port}`;
  }

  async startNode(id: string, env: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
    const ports = { BELLWIRE_NODE_PORT: "0", BELLWIRE_NODE_OPS_PORT: "0" };
    const node = await this.#start("node", id, { BELLWIRE_NODE_ID: id, ...ports, ...env });
    this.nodes.push(node);
    return node;
  }

  /** Resolves once the balancer would give new clients to exactly so many nodes. */
  async offersNodes(count: number): Promise<void> {
    const check = async () => {
      const answer = await fetch(`http://127.0.0.1:${this.balancer.opsPort}/nodes`);
      const { nodes } = (await answer.json()) as { nodes: ReadonlyArray<{ state: string }> };
      expect(nodes.filter(({ state }) => state === "up")).toHaveLength(count);
    };
    await vi.waitFor(check, { timeout: 20_000, interval: 50 });
  }

  /** Calls the server API through the balancer, or at one node. */
  async api<Result = object>(
    method: string,
    body: object,
    { key = API_KEY, url = this.url }: { readonly key?: string; readonly url?: string } = {},
  ): Promise<{ status: number; result?: Result; error?: { code: number; message: string } }> {
    const answer = await fetch(`${url}/api/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": key },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, ...(text === "" ? {} : JSON.parse(text)) };
  }

  /** A connection of the official SDK, through the balancer unless `url` says otherwise; ended with the cluster. */
  client(user: string, url = this.websocketUrl, options: Partial<Options> = {}): Centrifuge {
    return this.#connect(Centrifuge, user, url, options);
  }

  /** The same with the SDK's Protobuf build: payloads are bytes there. */
  protobufClient(user: string, url = this.websocketUrl): Centrifuge {
    return this.#connect(ProtobufCentrifuge as unknown as typeof Centrifuge, user, url, {});
  }

  #connect(...[Sdk, user, url, options]: [typeof Centrifuge, string, string, Partial<Options>]): Centrifuge {
    const sign = createTokenSigner(SECRET);
    const client = new Sdk(url, {
      websocket: WebSocket,
      getToken: () => sign({ sub: user, ttlSeconds: 3_600 }),
      minReconnectDelay: 100,
      ...options,
    });
    this.#stack.defer(() => client.disconnect());
    client.connect();
    return client;
  }

  token(user: string): Promise<string> {
    return createTokenSigner(SECRET)({ sub: user, ttlSeconds: 3_600 });
  }

  /** The node that a connected client is on. */
  nodeOf(name: string | undefined): ServiceProcess {
    const node = this.nodes.find((one) => one.name === name && one.running);
    if (node === undefined) throw new Error(`no running node is called ${name}`);
    return node;
  }

  /** Starts one service with this cluster's environment. */
  async #start(...[service, name, env]: Parameters<typeof ServiceProcess.start>): Promise<ServiceProcess> {
    return this.#stack.use(await ServiceProcess.start(service, name, { ...this.#env, ...env }));
  }

  async #startBalancer(): Promise<ServiceProcess> {
    const ports = { BELLWIRE_BALANCER_PORT: "0", BELLWIRE_BALANCER_ADMIN_PORT: "0", BELLWIRE_BALANCER_DRAIN_MS: "500" };
    this.balancer = await this.#start("balancer", "balancer", ports);
    return this.balancer;
  }

  /** Another balancer at the address of the one that was killed. */
  async restartBalancer(): Promise<void> {
    const [port, admin] = [this.balancer.port, this.balancer.opsPort];
    const ports = { BELLWIRE_BALANCER_PORT: String(port), BELLWIRE_BALANCER_ADMIN_PORT: String(admin) };
    this.balancer = await this.#start("balancer", "balancer", { ...ports, BELLWIRE_BALANCER_DRAIN_MS: "500" });
  }

  /** Another producer at the address of the one that was killed. */
  async restartProducer(): Promise<void> {
    const port = { BELLWIRE_PRODUCER_PORT: String(this.producer?.port) };
    this.producer = await this.#start("producer", "producer", port);
  }

  #startStorefront(): Promise<ServiceProcess> {
    return this.#start("storefront", "storefront", {
      BELLWIRE_STOREFRONT_PORT: "0",
      BELLWIRE_PRODUCER_URL: this.producerUrl,
      BELLWIRE_PUBLIC_URL: this.websocketUrl,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

function writeConfig(config: object): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "bellwire-cluster-"));
  const path = join(folder, "config.json");
  writeFileSync(path, JSON.stringify(config));
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}
