import type { CardWatch } from "./card-watch.ts";
import { ConnectionDetails } from "./connection-view.ts";
import { firstNameOf } from "./customers.ts";
import { make, setText } from "./element.ts";
import { greetingAt } from "./moment.ts";
import { Offers } from "./offers.ts";
import { countOrders, summaryOf } from "./order-counts.ts";
import { OrderList } from "./order-list.ts";
import type { Proof } from "./proof.ts";
import { explanationOf } from "./refusal.ts";
import type { Visit } from "./visit.ts";
import type { Customer } from "./wire.ts";

/** What the customer can do here. */
export interface Wishes {
  readonly onDismiss: (promotion: string) => void;
  readonly onRetry: () => void;
}

/** What one customer sees: greeting, offers, orders, and how the page is connected. */
export class CustomerView {
  readonly #summary = make("p.hero-summary", {}, "Looking for your orders…");
  readonly #trouble = make("p.notice", { attributes: { role: "alert", hidden: true } });
  readonly #refusalText = make("p");
  readonly #refusal: HTMLElement;
  readonly #orders: OrderList;
  readonly #offers: Offers;
  readonly #details = new ConnectionDetails();
  readonly elements: readonly Element[];

  constructor(customer: Customer, watch: CardWatch, { onDismiss, onRetry }: Wishes) {
    this.#orders = new OrderList(watch);
    this.#refusal = make(
      "div.notice.refusal",
      { attributes: { role: "alert", hidden: true } },
      this.#refusalText,
      make("button.quiet", { attributes: { type: "button" }, on: { click: onRetry } }, "Try again"),
    );
    this.#offers = new Offers(onDismiss);
    const greeting = `${greetingAt(new Date().getHours())}, ${firstNameOf(customer)}.`;
    this.elements = [
      make("section.hero", {}, make("h1.hero-title", {}, greeting), this.#summary, this.#trouble, this.#refusal),
      make(
        "div.columns",
        {},
        make("div.column-main", {}, this.#orders.element),
        make(
          "aside.column-side",
          { attributes: { "aria-label": "Offers and connection" } },
          this.#offers.element,
          this.#details.element,
        ),
      ),
    ];
  }

  /** Draws the visit as it is now; `trouble` is said above the orders until they are loaded. */
  draw(visit: Visit, proof: Proof | undefined, trouble: string | undefined): void {
    const orders = visit.book.newestFirst();
    this.#orders.update(orders, visit.loaded || orders.length > 0);
    if (visit.loaded || orders.length > 0) setText(this.#summary, summaryOf(countOrders(orders)));
    this.#trouble.hidden = trouble === undefined;
    setText(this.#trouble, trouble ?? "");
    this.#drawRefusal(visit.connection?.refusal);
    this.#offers.update(visit.promotions.shown);
    this.#details.update(visit, proof);
  }

  #drawRefusal(code: number | undefined): void {
    this.#refusal.hidden = code === undefined;
    if (code !== undefined) setText(this.#refusalText, explanationOf(code));
  }

  highlight(orderId: string): void {
    this.#orders.highlight(orderId);
  }
}
