import type { CustomerFacts } from "../orders/customer.ts";
import type { Item } from "../orders/order.ts";

/** Somebody who orders. */
export interface Person {
  readonly customerId: string;
  readonly customer: CustomerFacts;
}

/** The simulated shop's customers. */
export const PEOPLE: readonly Person[] = [
  { customerId: "ana", customer: { name: "Ana Souza", segment: "vip" } },
  { customerId: "bruno", customer: { name: "Bruno Almeida", segment: "new" } },
  { customerId: "carla", customer: { name: "Carla Mendes", segment: "regular" } },
  { customerId: "davi", customer: { name: "Davi Rocha", segment: "new" } },
  { customerId: "elena", customer: { name: "Elena Petrova", segment: "vip" } },
  { customerId: "felipe", customer: { name: "Felipe Costa", segment: "regular" } },
  { customerId: "greta", customer: { name: "Greta Lindqvist", segment: "new" } },
  { customerId: "hugo", customer: { name: "Hugo Martins", segment: "vip" } },
  { customerId: "ines", customer: { name: "Inês Carvalho", segment: "regular" } },
  { customerId: "jonas", customer: { name: "Jonas Weber", segment: "new" } },
  { customerId: "katja", customer: { name: "Katja Novak", segment: "vip" } },
  { customerId: "luis", customer: { name: "Luís Ferreira", segment: "regular" } },
  { customerId: "maria", customer: { name: "Maria Oliveira", segment: "vip" } },
  { customerId: "nico", customer: { name: "Nico Bianchi", segment: "new" } },
  { customerId: "olga", customer: { name: "Olga Smirnova", segment: "regular" } },
  { customerId: "paulo", customer: { name: "Paulo Ribeiro", segment: "regular" } },
  { customerId: "quinn", customer: { name: "Quinn Murphy", segment: "new" } },
  { customerId: "rosa", customer: { name: "Rosa Delgado", segment: "vip" } },
  { customerId: "sven", customer: { name: "Sven Eriksson", segment: "regular" } },
  { customerId: "tereza", customer: { name: "Tereza Dvořáková", segment: "new" } },
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
