import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { type ExpectedEvent, expectedEvents } from "@bellwire/producer";
import { describe, expect, inject, it } from "vitest";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { type OrderFile, orderFile } from "./order-file.ts";

const REPLAY = `${import.meta.dirname}/../../services/producer/src/replay/main.ts`;
const EVENTS_PER_SECOND = 500;

describe.each(inject("backends"))("a replay with every customer connected, on $name", (backend) => {
  it("shows each of them exactly its own events, once and in order", async () => {
    await using story = await begin(backend);
    const { code, errors } = await story.replay();
    expect(code, errors).toBe(0);
    await story.everybodyHasEverything();
  }, 180_000);

  it("shows the same when a node is killed half-way", async () => {
    await using story = await begin(backend);
    const replaying = story.replay();
    await expect.poll(() => story.seen, { timeout: 60_000, interval: 20 }).toBeGreaterThan(story.expected.length / 2);
    const moved = story.customers.filter(({ node }) => node === "node-2");
    await story.cluster.nodeOf("node-2").signal("SIGKILL");
    const { code, errors } = await replaying;
    expect(code, errors).toBe(0);
    await story.everybodyHasEverything();
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.map(({ node }) => node)).not.toContain("node-2");
  }, 180_000);
});

async function begin(backend: ReturnType<typeof inject<"backends">>[number]): Promise<Story> {
  const file = await orderFile();
  const cluster = await Cluster.start(backend, { producer: true });
  const story = new Story(cluster, file);
  await Promise.all(story.customers.map((customer) => customer.live()));
  return story;
}

/** One file, one cluster, and all customers of the file. */
class Story implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly expected: readonly ExpectedEvent[];
  readonly customers: readonly Customer[];
  readonly #file: OrderFile;
  readonly #byCustomer: ReadonlyMap<string, readonly ExpectedEvent[]>;

  constructor(cluster: Cluster, file: OrderFile) {
    this.cluster = cluster;
    this.#file = file;
    this.expected = expectedEvents(file.text);
    this.#byCustomer = Map.groupBy(this.expected, ({ customerId }) => customerId);
    this.customers = [...this.#byCustomer.keys()].map((id) => new Customer(cluster, id));
  }

  get seen(): number {
    return this.customers.reduce((sum, { seen }) => sum + seen.length, 0);
  }

  /** Runs the replay as a user does. */
  async replay(): Promise<{ readonly code: number | null; readonly errors: string }> {
    const options = ["--file", this.#file.path, "--rate", String(EVENTS_PER_SECOND), "--url", this.cluster.producerUrl];
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [REPLAY, ...options], {
      env: { PATH, HOME },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [[code], errors] = await Promise.all([once(child, "exit"), text(child.stderr)]);
    return { code: code as number | null, errors };
  }

  async everybodyHasEverything(): Promise<void> {
    await expect.poll(() => this.seen, { timeout: 30_000, interval: 50 }).toBeGreaterThanOrEqual(this.expected.length);
    for (const customer of this.customers) {
      customer.expectUnbroken();
      expect(this.#stepsOf(customer.seen.map(({ data }) => data))).toEqual(
        this.#stepsOf(this.#byCustomer.get(customer.id) ?? []),
      );
    }
    expect(this.seen).toBe(this.expected.length);
  }

  /** By order, since the steps of different orders have no order among them. */
  #stepsOf(
    events: readonly {
      readonly id: string;
      readonly orderId: string;
      readonly status: string;
      readonly version: number;
      readonly at: string;
    }[],
  ): object {
    const byOrder = Map.groupBy(events, ({ orderId }) => orderId);
    return Object.fromEntries(
      [...byOrder].map(([order, steps]) => [
        order,
        steps.map(({ id, status, version, at }) => ({ id, status, version, at: Date.parse(at) })),
      ]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
    await this.#file[Symbol.asyncDispose]();
  }
}
