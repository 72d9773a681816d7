import type { Item } from "../orders/order.ts";

/** The simulated shop's customers. */
export const CUSTOMERS: readonly string[] = [
  "ana",
  "bruno",
  "carla",
  "davi",
  "elena",
  "felipe",
  "greta",
  "hugo",
  "ines",
  "jonas",
  "katja",
  "luis",
  "maria",
  "nico",
  "olga",
  "paulo",
  "quinn",
  "rosa",
  "sven",
  "tereza",
];

/** What it sells: name and price. */
export const GOODS: readonly Item[] = [
  { name: "Desk lamp", quantity: 1, price: 39.9 },
  { name: "Coffee grinder", quantity: 1, price: 64.5 },
  { name: "Wool blanket", quantity: 1, price: 79 },
  { name: "Notebook, dotted", quantity: 3, price: 8.5 },
  { name: "Ceramic mug", quantity: 2, price: 14.2 },
  { name: "Running shoes", quantity: 1, price: 119 },
  { name: "Bicycle bell", quantity: 1, price: 18.9 },
  { name: "Garden scissors", quantity: 1, price: 27.4 },
];

export const CANCEL_REASONS: readonly string[] = [
  "customer changed their mind",
  "payment failed",
  "out of stock",
  "address unknown",
];

export interface Campaign {
  readonly segment: string;
  readonly title: string;
  readonly body: string;
}

export const CAMPAIGNS: readonly Campaign[] = [
  { segment: "all", title: "Free shipping today", body: "On every order until midnight." },
  { segment: "all", title: "Autumn sale", body: "20 % off lamps and blankets this week." },
  { segment: "vip", title: "Early access", body: "The new collection opens one day earlier for you." },
  { segment: "new", title: "Welcome gift", body: "A ceramic mug with your second order." },
];
