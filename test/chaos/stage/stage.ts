import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePorts, type NativeBackend, type NativeRabbit } from "@bellwire/backends";
import type { AfterRestart } from "@bellwire/redis";
import type { Service } from "../../cluster/service-process.ts";
import { COLLECT_ON_SIGNAL } from "../../heap/collected.ts";
import { FaultPath } from "../../network/fault-path.ts";
import { nodeNames, pathNames } from "../plan/plan.ts";
import { eventIds } from "./event-ids.ts";
import type { LogFolder } from "./log-folder.ts";
import { Part } from "./part.ts";
import { heldForIngest, queueNames, readyForIngest, whoConsumes } from "./queues.ts";
import type { Servers } from "./servers.ts";

export const SECRET = "the-secret-of-a-chaos-run";
export const API_KEY = "the-key-of-a-chaos-run";

/** Pings are quicker than by default, so that a connection that nobody answers is noticed within a run. */
const SETTINGS = { limits: { pingSeconds: 5, pongMs: 3_000 } };

export interface StageOptions {
  readonly nodes: number;
  readonly doors: number;
  readonly servers: Servers;
  readonly afterRedisRestart: AfterRestart;
  readonly logs: LogFolder;
  /** A line of a service's log. */
  readonly onLine: (part: string, line: string) => void;
  readonly onCrash: (how: string) => void;
  /** An event goes from the producer towards RabbitMQ. */
  readonly onSent: (event: string) => void;
}

/** A whole cluster of real processes on private servers, with a way that can be harmed between any two parts. */
export class Stage implements AsyncDisposable {
  readonly prefix = `chaos${randomBytes(4).toString("hex")}`;
  readonly rabbit: NativeRabbit;
  readonly redis: NativeBackend;
  /** A way has one path, or two where a part has two ports. */
  readonly paths = new Map<string, readonly FaultPath[]>();
  readonly parts = new Map<string, Part>();
  readonly #options: StageOptions;
  readonly #ports: readonly number[];
  readonly #stack = new AsyncDisposableStack();

  private constructor(options: StageOptions, ports: readonly number[]) {
    this.#options = options;
    this.rabbit = options.servers.rabbit;
    this.redis = options.servers.redis;
    this.#ports = ports;
  }

  /** Resolves once every part serves. */
  static async start(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options, await freePorts(2 * options.nodes + 3));
    try {
      await stage.#build();
      await Promise.all(stage.parts.values().map((part) => part.start()));
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  get adminUrl(): string {
    return `http://127.0.0.1:${this.#port(1)}`;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#port(0)}/api`;
  }

  get producerUrl(): string {
    return `http://127.0.0.1:${this.#port(2)}`;
  }

  get nodes(): readonly Part[] {
    return nodeNames(this.#options.nodes).map((name) => this.part(name));
  }

  /** Where clients of a door connect. */
  doorUrl(door: number): string {
    return `http://127.0.0.1:${this.path(`clients-${door + 1}>balancer`)[0]?.port}`;
  }

  part(name: string): Part {
    const part = this.parts.get(name);
    if (part === undefined) throw new Error(`no part is called ${name}`);
    return part;
  }

  path(name: string): readonly FaultPath[] {
    const paths = this.paths.get(name);
    if (paths === undefined) throw new Error(`no way is called ${name}`);
    return paths;
  }

  /** Steps the wall clock of a part, now and for its next starts. */
  async stepClock(name: string, offsetMs: number): Promise<void> {
    await writeFile(this.#clockFile(name), String(offsetMs));
    this.part(name).signal("SIGUSR2");
  }

  /** Events that wait in the ingest queues, without those in hand: quicker to ask. Rejects while RabbitMQ is away. */
  ready(): Promise<number> {
    return readyForIngest(this.rabbit, this.prefix);
  }

  /** Events in the ingest queues, in hand or waiting. Rejects while RabbitMQ is away. */
  waiting(): Promise<number> {
    return heldForIngest(this.rabbit, this.prefix);
  }

  /** RabbitMQ's own view of its queues and of who consumes them, for people. */
  whoConsumes(): Promise<string> {
    return whoConsumes(this.rabbit);
  }

  /** The name of every queue of the broker. Rejects while it is away. */
  queues(): Promise<readonly string[]> {
    return queueNames(this.rabbit);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  #port(index: number): number {
    const port = this.#ports[index];
    if (port === undefined) throw new Error("too few ports");
    return port;
  }

  #clockFile(name: string): string {
    return join(this.#options.logs.path, `${name}.clock`);
  }

  async #build(): Promise<void> {
    const settings = join(this.#options.logs.path, "settings.json");
    await writeFile(settings, JSON.stringify(SETTINGS));
    for (const name of pathNames(this.#options.nodes, this.#options.doors)) await this.#pave(name);
    for (const path of this.path("producer>rabbitmq")) path.watch(() => eventIds(this.#options.onSent));
    this.#add("balancer", "balancer", {
      BELLWIRE_BALANCER_HOST: "127.0.0.1",
      BELLWIRE_BALANCER_PORT: String(this.#port(0)),
      BELLWIRE_BALANCER_ADMIN_PORT: String(this.#port(1)),
      BELLWIRE_BALANCER_DRAIN_MS: "500",
      BELLWIRE_REDIS_URL: this.#by("balancer>redis", this.redis.url),
    });
    this.#add("producer", "producer", {
      BELLWIRE_PRODUCER_PORT: String(this.#port(2)),
      BELLWIRE_REDIS_URL: this.#by("producer>redis", this.redis.url),
      BELLWIRE_AMQP_URL: this.#by("producer>rabbitmq", this.rabbit.url),
    });
    for (const [index, name] of nodeNames(this.#options.nodes).entries())
      this.#add(name, "node", {
        BELLWIRE_NODE_PORT: String(this.#port(3 + 2 * index)),
        BELLWIRE_NODE_OPS_PORT: String(this.#port(4 + 2 * index)),
        BELLWIRE_NODE_ADVERTISE: advertised(index),
        BELLWIRE_NODE_DRAIN_NOTICE_MS: "300",
        BELLWIRE_CONFIG: settings,
        BELLWIRE_AFTER_REDIS_RESTART: this.#options.afterRedisRestart,
        BELLWIRE_REDIS_URL: this.#by(`${name}>redis`, this.redis.url),
        BELLWIRE_AMQP_URL: this.#by(`${name}>rabbitmq`, this.rabbit.url),
      });
  }

  #by(path: string, url: string): string {
    return this.path(path)[0]?.of(url) ?? url;
  }

  /** Balancers reach a node under another loopback address than it listens on, so that this way can be harmed too. */
  async #pave(name: string): Promise<void> {
    const [from = "", to = ""] = name.split(">");
    const index = nodeNames(this.#options.nodes).indexOf(to);
    const paths: FaultPath[] = [];
    const add = async (url: string, at = {}) => paths.push(this.#stack.use(await FaultPath.to(url, at)));
    if (index >= 0)
      for (const port of [this.#port(3 + 2 * index), this.#port(4 + 2 * index)])
        await add(`tcp://127.0.0.1:${port}`, { host: advertised(index), port });
    else if (from.startsWith("clients")) await add(`tcp://127.0.0.1:${this.#port(0)}`);
    else await add(to === "redis" ? this.redis.url : this.rabbit.url);
    this.paths.set(name, paths);
  }

  #add(name: string, service: Service, env: Readonly<Record<string, string>>): void {
    const { onLine, onCrash } = this.#options;
    const common = {
      NODE_ENV: "test",
      NODE_OPTIONS: `${COLLECT_ON_SIGNAL} --import=file://${import.meta.dirname}/clock-step.ts`,
      CHAOS_CLOCK_FILE: this.#clockFile(name),
      BELLWIRE_PREFIX: this.prefix,
      BELLWIRE_TOKEN_SECRET: SECRET,
      BELLWIRE_API_KEY: API_KEY,
      BELLWIRE_LOG_LEVEL: "debug",
    };
    const part = new Part({
      ...{ name, service, onCrash },
      env: (start) => ({ ...common, ...env, ...(service === "node" ? { BELLWIRE_NODE_ID: `${name}.${start}` } : {}) }),
      onLine: (line) => onLine(name, line),
    });
    this.parts.set(name, part);
    this.#stack.defer(async () => void (await part.close()));
  }
}

const advertised = (index: number): string => `127.0.1.${index + 1}`;
