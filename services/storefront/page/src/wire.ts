import type { Item, Order, OrderStatus, Step } from "./order.ts";

/**
 * The door: what the API and the channels say is checked here, and nowhere again. Each function answers undefined for
 * what the page cannot use.
 */
export interface Customer {
  readonly id: string;
  readonly name: string | undefined;
  readonly segment: string | undefined;
  readonly orders: number;
}

export interface Promotion {
  readonly id: string;
  readonly segment: string;
  readonly title: string;
  readonly body: string;
  /** ISO 8601. */
  readonly at: string;
}

/** One step of one order, as its channel carries it. */
export interface OrderEvent {
  readonly id: string;
  readonly order: Order;
  readonly version: number;
}

export interface ShopConfig {
  readonly shop: string;
  readonly push: {
    readonly urls: readonly string[];
    readonly port: number;
    readonly path: string;
    /** Whether the balancer is asked for a node before each connect. */
    readonly negotiate: boolean;
  };
}

type Fields = Readonly<Record<string, unknown>>;

const statuses: ReadonlySet<string> = new Set(["placed", "approved", "shipped", "delivered", "cancelled"]);

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null ? (value as Fields) : undefined;
const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
const isStatus = (value: unknown): value is OrderStatus => typeof value === "string" && statuses.has(value);
const listOf = <Entry>(value: unknown, read: (entry: unknown) => Entry | undefined): Entry[] =>
  Array.isArray(value) ? value.map(read).filter((entry) => entry !== undefined) : [];

function readStep(value: unknown): Step | undefined {
  const fields = fieldsOf(value);
  const version = numberOf(fields?.version);
  const at = textOf(fields?.at);
  if (!isStatus(fields?.status) || version === undefined || version < 1 || at === undefined) return undefined;
  if (Number.isNaN(Date.parse(at))) return undefined;
  const reason = textOf(fields.reason);
  return { status: fields.status, version, at, ...(reason === undefined ? {} : { reason }) };
}

function readItem(value: unknown): Item | undefined {
  const fields = fieldsOf(value);
  const name = textOf(fields?.name) ?? textOf(fields?.sku);
  if (name === undefined) return undefined;
  return { name, quantity: numberOf(fields?.quantity) ?? 1, price: numberOf(fields?.price) };
}

const currencyOf = (value: unknown): string | undefined =>
  typeof value === "string" && /^[A-Z]{3}$/.test(value) ? value : undefined;

/** What was ordered, and the total: as told, or the sum where every item has its price. */
function readGoods(fields: Fields): Pick<Order, "items" | "total" | "currency"> {
  const items = listOf(fields.items, readItem);
  const sum = items.reduce((total, { price, quantity }) => total + (price ?? Number.NaN) * quantity, 0);
  const known = items.length > 0 && !Number.isNaN(sum) ? Math.round(sum * 100) / 100 : undefined;
  return { items, total: numberOf(fields.total) ?? known, currency: currencyOf(fields.currency) };
}

function readOrder(value: unknown): Order | undefined {
  const fields = fieldsOf(value);
  const orderId = textOf(fields?.orderId);
  const [first, ...rest] = listOf(fields?.steps, readStep).sort((a, b) => a.version - b.version);
  if (fields === undefined || orderId === undefined || first === undefined) return undefined;
  return { orderId, steps: [first, ...rest], ...readGoods(fields) };
}

function readCustomer(value: unknown): Customer | undefined {
  const fields = fieldsOf(value);
  const id = textOf(fields?.customerId);
  if (fields === undefined || id === undefined) return undefined;
  return { id, name: textOf(fields.name), segment: textOf(fields.segment), orders: numberOf(fields.orders) ?? 0 };
}

/** The answer to `GET /customers`. */
export const readCustomers = (value: unknown): readonly Customer[] => listOf(fieldsOf(value)?.customers, readCustomer);

/** The answer to `GET /customers/:id/orders`. */
export const readOrders = (value: unknown): readonly Order[] => listOf(fieldsOf(value)?.orders, readOrder);

/** The answer to `GET /token`. */
export const readToken = (value: unknown): string | undefined => textOf(fieldsOf(value)?.token);

/** A publication on `orders:user#<id>`: an order of which one step is known. */
export function readOrderEvent(value: unknown): OrderEvent | undefined {
  const fields = fieldsOf(value);
  const id = textOf(fields?.id);
  const orderId = textOf(fields?.orderId);
  const step = readStep(value);
  if (fields?.type !== "order.status" || id === undefined || orderId === undefined || step === undefined)
    return undefined;
  return { id, version: step.version, order: { orderId, steps: [step], ...readGoods(fields) } };
}

/** A publication on `promo:all` or `promo:seg-<segment>`. */
export function readPromotion(value: unknown): Promotion | undefined {
  const fields = fieldsOf(value);
  const id = textOf(fields?.id);
  const title = textOf(fields?.title);
  if (fields?.type !== "promo.published" || id === undefined || title === undefined) return undefined;
  return {
    id,
    title,
    segment: textOf(fields.segment) ?? "all",
    body: textOf(fields.body) ?? "",
    at: textOf(fields.at) ?? "",
  };
}

/** The answer to `GET /config.json`. */
export function readShopConfig(value: unknown): ShopConfig | undefined {
  const fields = fieldsOf(value);
  const push = fieldsOf(fields?.push);
  const shop = textOf(fields?.shop);
  const port = numberOf(push?.port);
  const path = textOf(push?.path);
  if (shop === undefined || port === undefined || path === undefined) return undefined;
  return { shop, push: { urls: listOf(push?.urls, textOf), port, path, negotiate: push?.negotiate === true } };
}
