import { latest, type Order } from "./order.ts";
import { OrderBook } from "./order-book.ts";
import { Promotions } from "./promotions.ts";
import type { Connection, Publication, PushListener } from "./push.ts";
import { Reload } from "./reload.ts";
import { type Customer, type Promotion, readOrderEvent, readPromotion } from "./wire.ts";
import { type Resumption, Witness } from "./witness.ts";

/** State is loaded at the latest so long after the start, whether the push connection stands or not, ms. */
const LOAD_WITHOUT_PUSH_MS = 1_500;

/** What changed and may have to be drawn or told. */
export interface VisitViewer {
  onOrders(): void;
  onMove(order: Order): void;
  onPromotions(fresh: Promotion | undefined): void;
  onConnection(connection: Connection): void;
  onTrouble(error: unknown): void;
}

export interface VisitParts {
  readonly loadOrders: () => Promise<readonly Order[]>;
  /** Runs `task` once after `ms`; the returned function cancels it. */
  readonly after: (ms: number, task: () => void) => () => void;
  readonly random: () => number;
  readonly viewer: VisitViewer;
}

/** The channels that concern a customer; their own comes first. */
export const channelsOf = (customer: Customer): readonly string[] => [
  `orders:user#${customer.id}`,
  "promo:all",
  ...(customer.segment === undefined || customer.segment === "all" ? [] : [`promo:seg-${customer.segment}`]),
];

/**
 * One customer looking at their orders. The channel is subscribed first and the state loaded after, then both are
 * merged by version, so that no step falls between; the state is loaded again whenever the cluster says that it could
 * not hand over what was missed, or a version is missing.
 */
export class Visit implements PushListener {
  readonly customer: Customer;
  readonly book = new OrderBook();
  readonly promotions = new Promotions();
  readonly witness = new Witness();
  readonly nodesSeen = new Set<string>();
  readonly #parts: VisitParts;
  readonly #reload: Reload;
  readonly #ordersChannel: string;
  readonly #cancelFirstLoad: () => void;
  #connection: Connection | undefined;
  #loaded = false;

  constructor(customer: Customer, parts: VisitParts) {
    this.customer = customer;
    this.#parts = parts;
    this.#ordersChannel = `orders:user#${customer.id}`;
    this.#reload = new Reload({
      load: () => this.#load(),
      onFailure: (error) => parts.viewer.onTrouble(error),
      after: parts.after,
      random: parts.random,
    });
    this.#cancelFirstLoad = parts.after(LOAD_WITHOUT_PUSH_MS, () => {
      if (!this.#loaded) this.#reload.request();
    });
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Whether the state was loaded at least once. */
  get loaded(): boolean {
    return this.#loaded;
  }

  readonly onConnection = (connection: Connection): void => {
    this.#connection = connection;
    if (connection.node !== undefined && this.nodesSeen.size < MAX_NODES_SEEN) this.nodesSeen.add(connection.node);
    this.#parts.viewer.onConnection(connection);
  };

  readonly onSubscribed = (channel: string, resumption: Resumption): void => {
    this.witness.subscribed(channel, resumption);
    if (channel === this.#ordersChannel && !(resumption.recovered && this.#loaded)) this.#reload.request();
    this.#parts.viewer.onOrders();
  };

  readonly onPublication = (channel: string, publication: Publication): void => {
    if (channel === this.#ordersChannel) this.#onOrderEvent(channel, publication);
    else this.#onPromotion(channel, publication);
  };

  /** Nothing is loaded or told from now on. */
  close(): void {
    this.#cancelFirstLoad();
    this.#reload.close();
  }

  #onOrderEvent(channel: string, publication: Publication): void {
    const event = readOrderEvent(publication.data);
    this.witness.published(channel, publication, event?.id);
    if (event === undefined) return;
    this.witness.stepped(event.order.orderId, event.version);
    const change = this.book.merge(event.order);
    // What was ordered is not in the event, so a new order is loaded too.
    if (change.hole || change.kind === "new") this.#reload.request();
    this.#parts.viewer.onOrders();
    const order = this.book.get(event.order.orderId);
    if (order !== undefined && (change.kind === "new" || change.kind === "moved")) this.#parts.viewer.onMove(order);
  }

  #onPromotion(channel: string, publication: Publication): void {
    const promotion = readPromotion(publication.data);
    this.witness.published(channel, publication, promotion?.id);
    if (promotion !== undefined && this.promotions.add(promotion)) this.#parts.viewer.onPromotions(promotion);
  }

  async #load(): Promise<void> {
    const orders = await this.#parts.loadOrders();
    this.#loaded = true;
    for (const order of orders) this.book.merge(order);
    this.#parts.viewer.onOrders();
  }
}

/** More names of nodes are not listed. */
const MAX_NODES_SEEN = 32;

/** The visit as tests and the curious may read it. */
export const snapshotOf = (visit: Visit) => ({
  customer: visit.customer.id,
  state: visit.connection?.state ?? "connecting",
  node: visit.connection?.node,
  nodesSeen: [...visit.nodesSeen],
  orders: Object.fromEntries(
    visit.book.newestFirst().map((order) => {
      const { status, version } = latest(order);
      return [order.orderId, { status, version, steps: order.steps.map((step) => step.status) }];
    }),
  ),
  seen: visit.witness.seen,
  violations: visit.witness.violations,
  promotions: visit.promotions.shown.length,
  loaded: visit.loaded,
});
