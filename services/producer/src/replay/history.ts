import { type OrderStatus, SafeId } from "@bellwire/events";
import { isLegal, type Station } from "../orders/lifecycle.ts";
import { OrderId } from "../orders/order.ts";
import type { Column, Read, Row } from "./columns.ts";
import { parseTimestamp } from "./timestamp.ts";

/** One step of a recorded order. */
export interface HistoryStep {
  readonly line: number;
  readonly orderId: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly version: number;
  /** When it happened, ms since 1970. */
  readonly time: number;
  readonly reason?: string;
}

/** A row's legal steps in lifecycle order, and the step that it may not have, if any. */
export interface History {
  readonly steps: readonly HistoryStep[];
  readonly illegal?: string;
}

const TIMED = [
  ["placed", "order_purchase_timestamp"],
  ["approved", "order_approved_at"],
  ["shipped", "order_delivered_carrier_date"],
  ["delivered", "order_delivered_customer_date"],
] as const satisfies readonly (readonly [OrderStatus, Column])[];

const STATUSES = ["created", "approved", "invoiced", "processing", "shipped", "delivered", "canceled", "unavailable"];
const CANCELLED = ["canceled", "unavailable"];

interface Wish {
  readonly status: OrderStatus;
  readonly time: number;
  readonly reason?: string;
}

/** What a row tells: versions count the steps that were taken; a cancellation carries the latest time that the row knows. */
export function historyOf(row: Row, line: number): Read<History> {
  const wrong = wrongIn(row);
  if (wrong !== undefined) return { ok: false, reason: wrong };
  const timed = timedSteps(row);
  if (!timed.ok) return timed;
  const { order_id: orderId, customer_id: customerId } = row;
  const steps: HistoryStep[] = [];
  let station: Station = "new";
  for (const wish of [...timed.value, ...cancellation(row, timed.value)]) {
    if (!isLegal(station, wish.status, "replay")) {
      const illegal = `${wish.status} may not follow ${station}; the row's other steps are kept`;
      return { ok: true, value: { steps, illegal } };
    }
    station = wish.status;
    steps.push({ line, orderId, customerId, version: steps.length + 1, ...wish });
  }
  return { ok: true, value: { steps } };
}

function timedSteps(row: Row): Read<readonly Wish[]> {
  const wishes: Wish[] = [];
  for (const [status, column] of TIMED) {
    if (row[column] === "") continue;
    const time = parseTimestamp(row[column]);
    if (time === undefined) return { ok: false, reason: notATime(column, row[column]) };
    wishes.push({ status, time });
  }
  return wishes.length === 0 ? { ok: false, reason: "no step has a time" } : { ok: true, value: wishes };
}

function cancellation(row: Row, timed: readonly Wish[]): readonly Wish[] {
  if (!CANCELLED.includes(row.order_status)) return [];
  const time = Math.max(...timed.map((wish) => wish.time));
  return [{ status: "cancelled", time, reason: row.order_status }];
}

function wrongIn(row: Row): string | undefined {
  if (row.order_id === "") return "order_id is empty";
  if (row.customer_id === "") return "customer_id is empty";
  const orderId = OrderId.safeParse(row.order_id);
  if (!orderId.success) return `order_id ${orderId.error.issues[0]?.message}, not ${shown(row.order_id)}`;
  const customerId = SafeId.safeParse(row.customer_id);
  if (!customerId.success) return `customer_id ${customerId.error.issues[0]?.message}, not ${shown(row.customer_id)}`;
  if (!STATUSES.includes(row.order_status))
    return `order_status must be one of ${STATUSES.join(", ")}, not ${shown(row.order_status)}`;
  return undefined;
}

function notATime(column: Column, given: string): string {
  return `${column} must be a real UTC time as YYYY-MM-DD HH:MM:SS, or empty, not ${shown(given)}`;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
