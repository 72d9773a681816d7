import { CardWatch } from "./card-watch.ts";
import { CustomerPicker } from "./customer-picker.ts";
import { CustomerView } from "./customer-view.ts";
import { nameOf } from "./customers.ts";
import { arrange, setText } from "./element.ts";
import { latest } from "./order.ts";
import { shortId, statusNames } from "./order-card.ts";
import { Proof } from "./proof.ts";
import { endpointsOf, listen, type Push } from "./push.ts";
import { shop } from "./shop-api.ts";
import { ShopHeader } from "./shop-header.ts";
import { channelsOf, snapshotOf, Visit } from "./visit.ts";
import { pickerDialog, welcome } from "./welcome-view.ts";
import type { Customer, ShopConfig } from "./wire.ts";

/** The places of the document that the page fills. */
export interface Places {
  readonly bar: HTMLElement;
  readonly main: HTMLElement;
  readonly announcer: HTMLElement;
  readonly footShop: HTMLElement;
}

const after = (ms: number, task: () => void): (() => void) => {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
};

/** The whole page: who is looked at, their visit, and what is drawn of it. */
export class StorefrontPage {
  readonly #config: ShopConfig;
  readonly #places: Places;
  readonly #header: ShopHeader;
  readonly #welcomePicker = new CustomerPicker((customer) => this.#choose(customer));
  readonly #sheetPicker = new CustomerPicker((customer) => this.#choose(customer));
  readonly #sheet: HTMLDialogElement;
  #customers: readonly Customer[] = [];
  #visit: Visit | undefined;
  #view: CustomerView | undefined;
  #push: Push | undefined;
  #proof: Proof | undefined;
  #watch: CardWatch | undefined;
  #trouble: string | undefined;
  #drawing = false;

  constructor(config: ShopConfig, places: Places) {
    this.#config = config;
    this.#places = places;
    this.#header = new ShopHeader(places.bar, () => this.#openSheet());
    this.#sheet = pickerDialog(this.#sheetPicker.element);
    document.body.append(this.#sheet);
    setText(places.footShop, config.shop);
    document.title = `Your orders · ${config.shop}`;
  }

  /** The visit as tests may read it. */
  get snapshot(): (ReturnType<typeof snapshotOf> & { readonly proved: number | undefined }) | undefined {
    return this.#visit && { ...snapshotOf(this.#visit), proved: this.#proof?.kept };
  }

  /** Loads the customers and opens the one that the address names, or the choice. */
  async open(): Promise<void> {
    await this.#loadCustomers();
    this.followAddress();
  }

  /** Shows whom the address names. */
  followAddress(): void {
    const address = new URLSearchParams(location.search);
    const id = address.get("customer");
    if (id === null || id === "") return this.#showWelcome();
    const customer = this.#customers.find((listed) => listed.id === id) ?? unlisted(id);
    this.#show({ ...customer, segment: customer.segment ?? (address.get("segment") || undefined) });
  }

  async #loadCustomers(): Promise<void> {
    let note: string | undefined;
    try {
      this.#customers = await shop.customers();
    } catch (error) {
      note = error instanceof Error ? error.message : String(error);
    }
    for (const picker of [this.#welcomePicker, this.#sheetPicker])
      picker.update(this.#customers, this.#visit?.customer.id, note);
  }

  #choose(customer: Customer): void {
    this.#sheet.close();
    history.pushState(null, "", `?customer=${encodeURIComponent(customer.id)}`);
    this.#show(customer);
    this.#places.main.focus();
  }

  #openSheet(): void {
    this.#sheet.showModal();
    this.#sheetPicker.focus();
    void this.#loadCustomers();
  }

  #showWelcome(): void {
    this.#end();
    this.#header.show(this.#config.shop, undefined);
    this.#header.pill.update(undefined);
    arrange(this.#places.main, [welcome(this.#welcomePicker.element)]);
  }

  #show(customer: Customer): void {
    this.#end();
    const proof = new Proof({
      say: async (orderId, version) => (await this.#push?.shown(orderId, version)) ?? "failed",
      after,
      onChange: () => this.#drawSoon(),
    });
    const watch = new CardWatch({ after, onShown: (orderId, version) => proof.shown(orderId, version) });
    const visit = new Visit(customer, {
      loadOrders: () => shop.orders(customer.id),
      after,
      random: Math.random,
      viewer: {
        onOrders: () => this.#drawSoon(),
        onMove: (order) => {
          setText(this.#places.announcer, `Order ${shortId(order.orderId)}: ${statusNames[latest(order).status]}`);
          this.#drawSoon(order.orderId);
        },
        onPromotions: (fresh) => {
          if (fresh !== undefined) setText(this.#places.announcer, `New offer: ${fresh.title}`);
          this.#drawSoon();
        },
        onConnection: ({ state }) => {
          proof.connected(state === "live");
          this.#drawSoon();
        },
        onTrouble: (error) => {
          this.#trouble = `${error instanceof Error ? error.message : String(error)}. Trying again…`;
          this.#drawSoon();
        },
      },
    });
    this.#visit = visit;
    this.#proof = proof;
    this.#watch = watch;
    this.#view = new CustomerView(customer, watch, {
      onDismiss: (promotion) => {
        visit.promotions.dismiss(promotion);
        this.#drawSoon();
      },
      onRetry: () => this.#push?.retry(),
    });
    this.#header.show(this.#config.shop, customer);
    document.title = `${nameOf(customer)} · ${this.#config.shop}`;
    arrange(this.#places.main, this.#view.elements);
    this.#push = listen(endpointsOf(this.#config.push, location), channelsOf(customer), {
      getToken: () => shop.token(customer.id),
      listener: visit,
      negotiate: this.#config.push.negotiate,
    });
    this.#drawSoon();
  }

  #end(): void {
    this.#push?.leave();
    this.#visit?.close();
    this.#watch?.close();
    this.#proof?.close();
    this.#watch = undefined;
    this.#proof = undefined;
    this.#push = undefined;
    this.#visit = undefined;
    this.#view = undefined;
    this.#trouble = undefined;
  }

  /** One drawing a frame, however much happened; moved orders are highlighted after it. */
  #drawSoon(moved?: string): void {
    if (moved !== undefined) this.#moved.add(moved);
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  readonly #moved = new Set<string>();

  #draw(): void {
    const visit = this.#visit;
    if (visit === undefined) return;
    if (visit.loaded) this.#trouble = undefined;
    this.#header.pill.update(visit.connection);
    this.#view?.draw(visit, this.#proof, this.#trouble);
    for (const orderId of this.#moved) this.#view?.highlight(orderId);
    this.#moved.clear();
  }
}

const unlisted = (id: string): Customer => ({ id, name: undefined, segment: undefined, orders: 0 });
