import type { Centrifuge, PublicationContext, Subscription } from "centrifuge";
import { expect } from "vitest";

export interface OrderStatus {
  readonly type: string;
  readonly id: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly status: string;
  readonly version: number;
  readonly at: string;
}

/** Something that customers can connect to. */
export interface Reachable {
  client(user: string): Centrifuge;
}

/** A payload, which the SDK's Protobuf build gives as bytes. */
export const payloadOf = (data: unknown): unknown =>
  data instanceof Uint8Array ? JSON.parse(Buffer.from(data).toString()) : data;

/** What one customer's application saw on its channels, over all reconnects. */
export class Customer {
  readonly id: string;
  readonly client: Centrifuge;
  readonly seen: Array<PublicationContext & { readonly data: OrderStatus }> = [];
  readonly recoveries: boolean[] = [];
  /** Codes of the errors that its subscribes were answered with. */
  readonly refusals: number[] = [];
  /** When it was connected, each time: ms of `performance.now()`. */
  readonly connectedAt: number[] = [];
  node: string | undefined;
  readonly #subscription: Subscription;

  constructor(cluster: Reachable, id: string, channel = `orders:user#${id}`) {
    this.id = id;
    this.client = cluster.client(id);
    this.client.on("connected", ({ data }) => {
      this.connectedAt.push(performance.now());
      this.node = (payloadOf(data) as { readonly node: string }).node;
    });
    this.#subscription = this.client.newSubscription(channel);
    this.#subscription.on("publication", (context) =>
      this.seen.push({ ...context, data: payloadOf(context.data) as OrderStatus }),
    );
    this.#subscription.on("subscribed", ({ wasRecovering, recovered }) => {
      if (wasRecovering) this.recoveries.push(recovered);
    });
    this.#subscription.on("error", ({ error }) => this.refusals.push(error.code));
    this.#subscription.subscribe();
  }

  /** Resolves once the customer's page is live. */
  async live(): Promise<this> {
    await this.#subscription.ready(20_000);
    return this;
  }

  /** How often it was connected. */
  get connects(): number {
    return this.connectedAt.length;
  }

  get offsets(): readonly number[] {
    return this.seen.map(({ offset }) => offset ?? 0);
  }

  get versions(): readonly number[] {
    return this.seen.map(({ data }) => data.version);
  }

  get statuses(): readonly string[] {
    return this.seen.map(({ data }) => data.status);
  }

  /** No gap, no repeat, no step back, and never told to reload. */
  expectUnbroken(): void {
    const first = this.offsets[0] ?? 1;
    expect(this.offsets, this.id).toEqual(this.seen.map((_, index) => first + index));
    expect(this.recoveries, this.id).not.toContain(false);
  }
}
