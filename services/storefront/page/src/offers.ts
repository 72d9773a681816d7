import { arrange, make } from "./element.ts";
import { icon } from "./icons.ts";
import { momentOf } from "./moment.ts";
import type { Promotion } from "./wire.ts";

/** So many are shown before the customer asks for all. */
const SHOWN_AT_FIRST = 3;

/** The promotions as cards that can be dismissed. Hidden while there are none. */
export class Offers {
  readonly element: HTMLElement;
  readonly #cards = new Map<string, HTMLElement>();
  readonly #list = make("div.offer-list", { attributes: { tabindex: "0", role: "group", "aria-label": "Offers" } });
  readonly #more: HTMLButtonElement;
  readonly #onDismiss: (id: string) => void;
  #promotions: readonly Promotion[] = [];
  #all = false;

  constructor(onDismiss: (id: string) => void) {
    this.#onDismiss = onDismiss;
    this.#more = make("button.quiet", { attributes: { type: "button" }, on: { click: () => this.#showAll() } });
    this.element = make(
      "section.offers",
      { attributes: { "aria-labelledby": "offers-title" } },
      make("div.section-head", {}, make("h2.section-title", { attributes: { id: "offers-title" } }, "For you")),
      this.#list,
      this.#more,
    );
    this.update([]);
  }

  update(promotions: readonly Promotion[]): void {
    this.#promotions = promotions;
    this.element.hidden = promotions.length === 0;
    const newest = promotions[0];
    const isFresh = newest !== undefined && !this.#cards.has(newest.id);
    const shown = this.#all ? promotions : promotions.slice(0, SHOWN_AT_FIRST);
    arrange(
      this.#list,
      shown.map((promotion) => this.#cardOf(promotion)),
    );
    if (isFresh) this.#list.scrollLeft = 0;
    const hidden = promotions.length - shown.length;
    this.#more.hidden = hidden === 0;
    this.#more.textContent = `Show ${hidden} more`;
    const known = new Set(promotions.map(({ id }) => id));
    for (const id of this.#cards.keys()) if (!known.has(id)) this.#cards.delete(id);
  }

  #showAll(): void {
    this.#all = true;
    this.update(this.#promotions);
    this.#list.focus();
  }

  #cardOf(promotion: Promotion): HTMLElement {
    const known = this.#cards.get(promotion.id);
    if (known !== undefined) return known;
    const card = this.#make(promotion);
    this.#cards.set(promotion.id, card);
    return card;
  }

  #make({ id, title, body, segment, at }: Promotion): HTMLElement {
    const { day, time } = momentOf(at, Date.now());
    const dismiss = () => {
      this.#onDismiss(id);
      this.#list.focus();
    };
    return make(
      "article.offer",
      { attributes: { "data-promotion": id } },
      make("p.offer-kind", {}, icon("tag"), segment === "all" ? "Offer" : "Just for you"),
      make("h3.offer-title", {}, title),
      make("p.offer-body", {}, body),
      make("p.offer-at", {}, [day, time].filter(Boolean).join(", ")),
      make(
        "button.offer-close",
        { attributes: { type: "button", "aria-label": `Dismiss: ${title}` }, on: { click: dismiss } },
        icon("cross"),
      ),
    );
  }
}
