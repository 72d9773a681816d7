import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { type ExpectedEvent, expectedEvents } from "@bellwire/producer";
import { expect } from "vitest";
import { Customer, type Reachable } from "./customer.ts";
import type { OrderFile } from "./order-file.ts";

const REPLAY = `${import.meta.dirname}/../../services/producer/src/replay/main.ts`;
const EVENTS_PER_SECOND = 500;

/** A cluster with a producer, wherever it runs. */
interface Shopped extends Reachable {
  readonly producerUrl: string;
}

/** One file of orders, replayed into a cluster to which every customer of the file is connected. */
export class ReplayStory {
  readonly #cluster: Shopped;
  readonly expected: readonly ExpectedEvent[];
  readonly customers: readonly Customer[];
  readonly #file: OrderFile;
  readonly #byCustomer: ReadonlyMap<string, readonly ExpectedEvent[]>;

  constructor(cluster: Shopped, file: OrderFile) {
    this.#cluster = cluster;
    this.#file = file;
    this.expected = expectedEvents(file.text);
    this.#byCustomer = Map.groupBy(this.expected, ({ customerId }) => customerId);
    this.customers = [...this.#byCustomer.keys()].map((id) => new Customer(cluster, id));
  }

  /** Resolves once every customer's page is live. */
  async live(): Promise<void> {
    await Promise.all(this.customers.map((customer) => customer.live()));
  }

  get seen(): number {
    return this.customers.reduce((sum, { seen }) => sum + seen.length, 0);
  }

  /** Runs the replay as a user does. */
  async replay(): Promise<{ readonly code: number | null; readonly errors: string }> {
    const options = [
      "--file",
      this.#file.path,
      "--rate",
      String(EVENTS_PER_SECOND),
      "--url",
      this.#cluster.producerUrl,
    ];
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
}
