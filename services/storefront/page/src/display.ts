/** A card that was before the eye for so long counts as shown, ms. */
export const LOOK_MS = 1_000;

export interface DisplayParts {
  /** Runs `task` once after `ms`; the returned function cancels it. */
  readonly after: (ms: number, task: () => void) => () => void;
  readonly onShown: (orderId: string, version: number) => void;
}

interface Card {
  version: number;
  inView: boolean;
  /** The newest version that was shown; 0: none. */
  shown: number;
  cancel: (() => void) | undefined;
}

/**
 * Tells what the customer can have seen: a version of an order counts as shown once its card was in view of a visible
 * page for a second without a break. Each version is told once, and none that is older than one told.
 */
export class Display {
  readonly #parts: DisplayParts;
  readonly #cards = new Map<string, Card>();
  #pageVisible: boolean;

  constructor(pageVisible: boolean, parts: DisplayParts) {
    this.#pageVisible = pageVisible;
    this.#parts = parts;
  }

  /** The order's card shows this version now. */
  drawn(orderId: string, version: number): void {
    const card = this.#cards.get(orderId);
    if (card === undefined) this.#cards.set(orderId, { version, inView: false, shown: 0, cancel: undefined });
    else if (card.version !== version) {
      card.version = version;
      this.#look(orderId, card);
    }
  }

  /** The card came into view, or left it. */
  inView(orderId: string, inView: boolean): void {
    const card = this.#cards.get(orderId);
    if (card === undefined || card.inView === inView) return;
    card.inView = inView;
    this.#look(orderId, card);
  }

  /** The page came to the front, or went to the back. */
  pageVisible(visible: boolean): void {
    if (this.#pageVisible === visible) return;
    this.#pageVisible = visible;
    for (const [orderId, card] of this.#cards) this.#look(orderId, card);
  }

  /** There is no such card any more. */
  gone(orderId: string): void {
    this.#cards.get(orderId)?.cancel?.();
    this.#cards.delete(orderId);
  }

  close(): void {
    for (const orderId of this.#cards.keys()) this.gone(orderId);
  }

  #look(orderId: string, card: Card): void {
    card.cancel?.();
    card.cancel = undefined;
    const { version } = card;
    if (!this.#pageVisible || !card.inView || version <= card.shown) return;
    card.cancel = this.#parts.after(LOOK_MS, () => {
      card.cancel = undefined;
      card.shown = version;
      this.#parts.onShown(orderId, version);
    });
  }
}
