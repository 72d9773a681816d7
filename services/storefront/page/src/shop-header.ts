import { ConnectionPill } from "./connection-view.ts";
import { initialsOf, nameOf } from "./customers.ts";
import { make, setText } from "./element.ts";
import { icon } from "./icons.ts";
import type { Customer } from "./wire.ts";

/** The shop's name, the connection, and whose orders these are. */
export class ShopHeader {
  readonly pill = new ConnectionPill();
  readonly #name = make("span.wordmark-name");
  readonly #avatar = make("span.avatar", { attributes: { "aria-hidden": "true" } });
  readonly #who = make("span.who-name");
  readonly #switch: HTMLButtonElement;

  constructor(bar: HTMLElement, onSwitch: () => void) {
    this.#switch = make(
      "button.who",
      { attributes: { type: "button", "aria-haspopup": "dialog" }, on: { click: onSwitch } },
      this.#avatar,
      make("span.unseen", {}, "Change customer: "),
      this.#who,
      icon("chevron"),
    );
    bar.append(
      make(
        "div.bar-inner",
        {},
        make("a.wordmark", { attributes: { href: "/" } }, make("span.wordmark-sign", {}, icon("lamp")), this.#name),
        make("div.bar-side", {}, this.pill.element, this.#switch),
      ),
    );
    this.show("", undefined);
  }

  show(shop: string, customer: Customer | undefined): void {
    setText(this.#name, shop);
    this.#switch.hidden = customer === undefined;
    if (customer === undefined) return;
    setText(this.#avatar, initialsOf(customer));
    setText(this.#who, nameOf(customer));
  }
}
