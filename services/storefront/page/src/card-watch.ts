import { Display, type DisplayParts } from "./display.ts";
import { latest, type Order } from "./order.ts";

/** A card is in view when at least so much of it is. */
const IN_VIEW = 0.5;

const isPageVisible = (): boolean => document.visibilityState === "visible";

/** Follows with the browser's help which cards are before the eye. */
export class CardWatch {
  readonly #display: Display;
  readonly #observer: IntersectionObserver;
  readonly #orders = new Map<Element, string>();
  readonly #onVisibility = () => this.#display.pageVisible(isPageVisible());

  constructor(parts: DisplayParts) {
    this.#display = new Display(isPageVisible(), parts);
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const { target, intersectionRatio } of entries) {
          const orderId = this.#orders.get(target);
          if (orderId !== undefined) this.#display.inView(orderId, intersectionRatio >= IN_VIEW);
        }
      },
      { threshold: IN_VIEW },
    );
    document.addEventListener("visibilitychange", this.#onVisibility);
  }

  /** The card shows the order as it is now. */
  drawn(card: Element, order: Order): void {
    this.#display.drawn(order.orderId, latest(order).version);
    if (this.#orders.has(card)) return;
    this.#orders.set(card, order.orderId);
    this.#observer.observe(card);
  }

  /** The card is not used any more. */
  gone(card: Element): void {
    const orderId = this.#orders.get(card);
    if (orderId !== undefined) this.#display.gone(orderId);
    this.#orders.delete(card);
    this.#observer.unobserve(card);
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#observer.disconnect();
    this.#display.close();
  }
}
