import type { CardWatch } from "./card-watch.ts";
import { arrange, make, setText } from "./element.ts";
import { icon } from "./icons.ts";
import type { Order } from "./order.ts";
import { OrderCard } from "./order-card.ts";
import { countOrders, isOn, type Shelf, shelves } from "./order-counts.ts";

const shelfNames: Readonly<Record<Shelf, string>> = {
  all: "All",
  moving: "On the way",
  delivered: "Delivered",
  cancelled: "Cancelled",
};

/** The customer's orders, newest on top, on shelves with counts. */
export class OrderList {
  readonly element: HTMLElement;
  readonly #watch: CardWatch;
  readonly #cards = new Map<string, OrderCard>();
  readonly #list = make("div.cards");
  readonly #tabs: ReadonlyMap<Shelf, { readonly tab: HTMLButtonElement; readonly count: HTMLElement }>;
  readonly #shelfBar: HTMLElement;
  #shelf: Shelf = "all";
  #orders: readonly Order[] = [];
  #loaded = false;

  constructor(watch: CardWatch) {
    this.#watch = watch;
    this.#tabs = new Map(
      shelves.map((shelf) => {
        const count = make("span.shelf-count", {}, "0");
        const tab = make(
          "button.shelf",
          { attributes: { type: "button" }, on: { click: () => this.#choose(shelf) } },
          shelfNames[shelf],
          " ",
          count,
        );
        return [shelf, { tab, count }];
      }),
    );
    this.#shelfBar = make(
      "div.shelves",
      { attributes: { role: "group", "aria-label": "Which orders" } },
      ...[...this.#tabs.values()].map(({ tab }) => tab),
    );
    this.element = make(
      "section.orders",
      { attributes: { "aria-labelledby": "orders-title" } },
      make(
        "div.section-head",
        {},
        make("h2.section-title", { attributes: { id: "orders-title" } }, "Your orders"),
        this.#shelfBar,
      ),
      this.#list,
    );
    this.#draw();
  }

  update(orders: readonly Order[], loaded: boolean): void {
    this.#orders = orders;
    this.#loaded = loaded;
    this.#draw();
  }

  highlight(orderId: string): void {
    this.#cards.get(orderId)?.highlight();
  }

  #choose(shelf: Shelf): void {
    this.#shelf = shelf;
    this.#draw();
  }

  #draw(): void {
    const counts = countOrders(this.#orders);
    for (const [shelf, { tab, count }] of this.#tabs) {
      setText(count, String(counts[shelf]));
      tab.setAttribute("aria-pressed", String(shelf === this.#shelf));
    }
    this.#shelfBar.hidden = counts.all === 0;
    this.#list.setAttribute("aria-busy", String(!this.#loaded));
    for (const order of this.#orders) this.#drawCard(order);
    const known = new Set(this.#orders.map(({ orderId }) => orderId));
    for (const [id, card] of this.#cards) {
      if (known.has(id)) continue;
      this.#cards.delete(id);
      this.#watch.gone(card.element);
    }
    const shown = this.#orders
      .filter((order) => isOn(this.#shelf, order))
      .flatMap(({ orderId }) => {
        const card = this.#cards.get(orderId);
        return card === undefined ? [] : [card.element];
      });
    arrange(this.#list, shown.length > 0 ? shown : this.#insteadOfOrders());
  }

  #drawCard(order: Order): void {
    const known = this.#cards.get(order.orderId);
    const card = known ?? new OrderCard(order);
    if (known === undefined) this.#cards.set(order.orderId, card);
    else card.update(order);
    this.#watch.drawn(card.element, order);
  }

  #insteadOfOrders(): readonly Element[] {
    if (!this.#loaded) return [make("div.ghost"), make("div.ghost")];
    return [
      make(
        "div.empty",
        {},
        icon("box"),
        make("p.empty-title", {}, this.#shelf === "all" ? "No orders yet" : "Nothing here"),
        make(
          "p",
          {},
          this.#shelf === "all"
            ? "The moment an order is placed it appears here. There is no need to reload."
            : "No order is in this state at the moment.",
        ),
      ),
    ];
  }
}
