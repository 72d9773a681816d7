import { latest, type Order } from "./order.ts";

/** The lists that a customer can look through. */
export const shelves = ["all", "moving", "delivered", "cancelled"] as const;
export type Shelf = (typeof shelves)[number];

export const shelfOf = (order: Order): Exclude<Shelf, "all"> => {
  const { status } = latest(order);
  return status === "delivered" || status === "cancelled" ? status : "moving";
};

export const isOn = (shelf: Shelf, order: Order): boolean => shelf === "all" || shelfOf(order) === shelf;

/** How many orders lie on each shelf. */
export function countOrders(orders: readonly Order[]): Readonly<Record<Shelf, number>> {
  const counts = { all: orders.length, moving: 0, delivered: 0, cancelled: 0 };
  for (const order of orders) counts[shelfOf(order)] += 1;
  return counts;
}

/** The counts as a sentence. */
export function summaryOf(counts: Readonly<Record<Shelf, number>>): string {
  if (counts.all === 0) return "Nothing on its way right now.";
  const parts = [
    counts.moving > 0 && `${counts.moving} on the way`,
    counts.delivered > 0 && `${counts.delivered} delivered`,
    counts.cancelled > 0 && `${counts.cancelled} cancelled`,
  ];
  return `${parts.filter((part) => part !== false).join(", ")}.`;
}
