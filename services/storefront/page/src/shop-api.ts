import type { Order } from "./order.ts";
import { type Customer, readCustomers, readOrders, readShopConfig, readToken, type ShopConfig } from "./wire.ts";

/** An answer of the shop later than this is none, ms. */
const TIMEOUT_MS = 8_000;

/** The shop did not answer, or not with what was asked. The message may be shown. */
export class ShopError extends Error {
  override readonly name = "ShopError";
}

async function ask<Answer>(path: string, what: string, read: (body: unknown) => Answer | undefined): Promise<Answer> {
  const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((cause: unknown) => {
    throw new ShopError(`${what}: the shop cannot be reached`, { cause });
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new ShopError(`${what}: ${errorOf(body) ?? `the shop answered ${response.status}`}`);
  const answer = read(body);
  if (answer === undefined) throw new ShopError(`${what}: the shop's answer was not understood`);
  return answer;
}

function errorOf(body: unknown): string | undefined {
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
  return typeof error === "string" ? error : undefined;
}

/** The shop's answers; each rejects with ShopError. */
export const shop = {
  config: (): Promise<ShopConfig> => ask("/config.json", "Configuration", readShopConfig),
  customers: (): Promise<readonly Customer[]> => ask("/customers", "Customers", readCustomers),
  orders: (customer: string): Promise<readonly Order[]> =>
    ask(`/customers/${encodeURIComponent(customer)}/orders`, "Orders", readOrders),
  token: (customer: string): Promise<string> =>
    ask(`/token?customer=${encodeURIComponent(customer)}`, "Token", readToken),
};
