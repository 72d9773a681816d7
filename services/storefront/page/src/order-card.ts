import { make, setText } from "./element.ts";
import { icon } from "./icons.ts";
import { momentOf } from "./moment.ts";
import { moneyOf } from "./money.ts";
import { latest, type Order, type OrderStatus, type Step } from "./order.ts";
import { type Stop, type Timeline, timelineOf } from "./timeline.ts";

/** Statuses as the customer reads them. */
export const statusNames: Readonly<Record<OrderStatus, string>> = {
  placed: "Placed",
  approved: "Approved",
  shipped: "Shipped",
  delivered: "Delivered",
  cancelled: "Cancelled",
};

const sentences: Readonly<Record<OrderStatus, string>> = {
  placed: "We have your order and are checking it.",
  approved: "Payment approved. We are packing your order.",
  shipped: "Your parcel is with the carrier.",
  delivered: "Delivered. Enjoy!",
  cancelled: "This order was cancelled.",
};

/** An order on the page. It is made once and then follows its order, so that its status line can move. */
export class OrderCard {
  readonly element: HTMLElement;
  readonly #badge = make("span.badge");
  readonly #tile = make("span.tile");
  readonly #items = make("p.card-items");
  readonly #placed = make("p.card-placed");
  readonly #total = make("p.card-total");
  readonly #sentence = make("p.card-sentence");
  readonly #line = make("ol.line");
  #shown: Order | undefined;

  constructor(order: Order) {
    const heading = make("h3.card-title", {}, "Order ", make("span.card-id", {}, shortId(order.orderId)));
    heading.title = order.orderId;
    this.element = make(
      "article.card",
      { attributes: { "data-order": order.orderId, "aria-label": `Order ${shortId(order.orderId)}` } },
      make("header.card-head", {}, this.#tile, make("div.card-name", {}, heading, this.#placed), this.#badge),
      make("div.card-body", {}, this.#items, this.#total),
      this.#line,
      this.#sentence,
    );
    this.update(order);
  }

  /** Draws the order if it is not what is drawn already. */
  update(order: Order): void {
    if (order === this.#shown) return;
    const step = latest(order);
    const timeline = timelineOf(order);
    this.element.dataset.status = step.status;
    setText(this.#badge, statusNames[step.status]);
    if (this.#shown === undefined || latest(this.#shown).status !== step.status)
      this.#tile.replaceChildren(icon(step.status));
    const placed = momentOf(order.steps[0].at, Date.now());
    setText(this.#placed, `${placed.day}, ${placed.time}`);
    setText(
      this.#items,
      order.items.map(({ name, quantity }) => `${quantity > 1 ? `${quantity} × ` : ""}${name}`).join(", "),
    );
    setText(this.#total, order.total === undefined ? "" : moneyOf(order.total, order.currency));
    setText(this.#sentence, sentenceFor(step));
    this.#drawLine(timeline);
    this.#shown = order;
  }

  /** Draws the eye to the card for a moment. */
  highlight(): void {
    this.element.classList.remove("moved");
    // Reading the layout between the two makes the browser start the animation anew.
    this.element.getBoundingClientRect();
    this.element.classList.add("moved");
  }

  #drawLine({ stops, progress }: Timeline): void {
    this.#line.style.setProperty("--stops", String(stops.length));
    this.#line.style.setProperty("--progress", String(progress));
    stops.forEach((stop, index) => {
      const there = this.#line.children[index];
      if (there === undefined) this.#line.append(drawStop(make("li.stop"), stop));
      else drawStop(there, stop);
    });
    while (this.#line.children.length > stops.length) this.#line.lastElementChild?.remove();
  }
}

const sentenceFor = ({ status, reason }: Step): string =>
  status === "cancelled" && reason !== undefined ? `Cancelled: ${reason}` : sentences[status];

/** Brings a stop up to date in place, so that what changed can be animated. */
function drawStop(element: Element, stop: Stop): Element {
  if (element.children.length === 0)
    element.append(make("span.dot", {}, icon("check"), icon("cross")), make("span.stop-name"), make("time.stop-time"));
  const [, name, time] = element.children;
  element.setAttribute("data-state", stop.state);
  element.setAttribute("data-status", stop.status);
  if (stop.state === "current") element.setAttribute("aria-current", "step");
  else element.removeAttribute("aria-current");
  if (name !== undefined) setText(name, statusNames[stop.status]);
  if (time !== undefined) drawTime(time, stop.at);
  return element;
}

function drawTime(element: Element, at: string | undefined): void {
  if (at === undefined) {
    element.removeAttribute("datetime");
    setText(element, "");
    return;
  }
  if (element.getAttribute("datetime") === at) return;
  const { day, time } = momentOf(at, Date.now());
  element.setAttribute("datetime", at);
  element.replaceChildren(make("span", {}, day), " ", make("span", {}, time));
}

/** Long ids, such as hashes, are cut for the eye; both ends stay, for one of them may be the same in all. */
export const shortId = (id: string): string => (id.length > 14 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id);
