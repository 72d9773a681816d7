import type { Customer } from "./customer.ts";
import type { Shop } from "./shop.ts";

const PAUSE_MS = 40;

/** Publishes steps of every customer's order, one after the other, until it is told to stop. */
export class SteadyOrders {
  versions = 0;
  #over = false;
  readonly #running: Promise<void>;

  constructor(shop: Shop, customers: ReadonlyArray<Pick<Customer, "id">>) {
    this.#running = this.#run(shop, customers);
  }

  /** Resolves to how many steps every customer was sent. */
  async stop(): Promise<number> {
    this.#over = true;
    await this.#running;
    return this.versions;
  }

  async #run(shop: Shop, customers: ReadonlyArray<Pick<Customer, "id">>): Promise<void> {
    while (!this.#over) {
      const version = this.versions + 1;
      await Promise.all(customers.map(({ id }) => shop.order(id, `order-${id}`, { status: "approved", version })));
      this.versions = version;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
