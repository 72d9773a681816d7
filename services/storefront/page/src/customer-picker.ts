import { initialsOf, matching, nameOf } from "./customers.ts";
import { arrange, make, setText } from "./element.ts";
import { icon } from "./icons.ts";
import type { Customer } from "./wire.ts";

/** More matches are not listed; the search narrows them. */
const MAX_LISTED = 60;

/** A searchable list of the shop's customers. */
export class CustomerPicker {
  readonly element: HTMLElement;
  readonly #search: HTMLInputElement;
  readonly #list = make("ul.people");
  readonly #note = make("p.people-note", { attributes: { role: "status" } });
  readonly #onPick: (customer: Customer) => void;
  #customers: readonly Customer[] = [];
  #chosen: string | undefined;

  constructor(onPick: (customer: Customer) => void) {
    this.#onPick = onPick;
    this.#search = make("input.search", {
      attributes: {
        type: "search",
        placeholder: "Name or number",
        "aria-label": "Search customers",
        autocomplete: "off",
        spellcheck: "false",
        maxlength: "128",
      },
      on: { input: () => this.#draw(), keydown: (event) => this.#onKey(event) },
    });
    this.element = make(
      "div.picker",
      {},
      make("div.search-box", {}, icon("search"), this.#search),
      this.#note,
      this.#list,
    );
  }

  /** Shows these customers; `note` instead of them when they could not be loaded. */
  update(customers: readonly Customer[], chosen: string | undefined, note?: string): void {
    this.#customers = customers;
    this.#chosen = chosen;
    this.#draw(note);
  }

  /** Empties the search and takes the focus. */
  focus(): void {
    this.#search.value = "";
    this.#draw();
    this.#search.focus();
  }

  #draw(note?: string): void {
    const query = this.#search.value.trim();
    const found = matching(this.#customers, query);
    arrange(
      this.#list,
      found.slice(0, MAX_LISTED).map((customer) => this.#entry(customer)),
    );
    setText(this.#note, note ?? noteFor(found.length, query));
  }

  #entry(customer: Customer): HTMLElement {
    const orders = customer.orders === 1 ? "1 order" : `${customer.orders} orders`;
    return make(
      "li",
      {},
      make(
        "button.person",
        {
          attributes: {
            type: "button",
            "data-customer": customer.id,
            "aria-current": customer.id === this.#chosen ? "true" : undefined,
          },
          on: { click: () => this.#onPick(customer) },
        },
        make("span.avatar", { attributes: { "aria-hidden": "true" } }, initialsOf(customer)),
        make(
          "span.person-text",
          {},
          make("span.person-name", {}, nameOf(customer)),
          make("span.person-detail", {}, [orders, customer.segment].filter(Boolean).join(" · ")),
        ),
      ),
    );
  }

  #onKey(event: KeyboardEvent): void {
    const query = this.#search.value.trim();
    if (event.key !== "Enter" || query === "") return;
    event.preventDefault();
    const first = matching(this.#customers, query)[0];
    // A number that is not listed may exist all the same: the list is bounded.
    this.#onPick(first ?? { id: query, name: undefined, segment: undefined, orders: 0 });
  }
}

function noteFor(found: number, query: string): string {
  if (found > MAX_LISTED) return `${MAX_LISTED} of ${found} customers. Type to find the others.`;
  if (found > 0) return "";
  return query === "" ? "No customers yet." : `Nobody of that name. Press Enter to open customer number “${query}”.`;
}
