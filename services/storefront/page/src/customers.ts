import type { Customer } from "./wire.ts";

/** How the page calls a customer: by name, by an id that is a word, or by number. */
export function nameOf({ name, id }: Customer): string {
  if (name !== undefined) return name;
  if (/^[A-Za-z]{2,14}$/.test(id)) return id.slice(0, 1).toUpperCase() + id.slice(1);
  return `Customer ${id.length > 14 ? `${id.slice(0, 8)}…` : id}`;
}

/** How the page greets a customer. */
export const firstNameOf = (customer: Customer): string => customer.name?.split(/\s+/)[0] ?? nameOf(customer);

/** One or two letters. */
export function initialsOf({ name, id }: Customer): string {
  const words = (name ?? id).split(/\s+/).filter((word) => word !== "");
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  const text = letters.map((word) => [...(word ?? "")][0] ?? "").join("");
  return (name === undefined ? id.slice(0, 2) : text).toUpperCase();
}

/** Customers whose name or number holds every word of the query, those that begin with it first. */
export function matching(customers: readonly Customer[], query: string): readonly Customer[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return customers;
  const text = (customer: Customer) => `${customer.name ?? ""} ${customer.id}`.toLowerCase();
  const begins = (customer: Customer) => Number(text(customer).startsWith(words.join(" ")) || customer.id === query);
  return customers
    .filter((customer) => words.every((word) => text(customer).includes(word)))
    .sort((one, other) => begins(other) - begins(one));
}
