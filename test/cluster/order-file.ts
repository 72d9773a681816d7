import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const HEADER =
  "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date";
const ROWS = 600;
const HOUR_MS = 3_600_000;
const FIRST_PURCHASE = Date.UTC(2018, 0, 1);

/** A file of order histories for a replay; disposing removes what was made for it. */
export interface OrderFile extends AsyncDisposable {
  readonly path: string;
  readonly text: string;
}

/** The file that BELLWIRE_REPLAY_FILE names, or else an invented one in the same layout, with a few bad rows. */
export async function orderFile(): Promise<OrderFile> {
  const named = process.env.BELLWIRE_REPLAY_FILE;
  if (named !== undefined && named !== "")
    return { path: named, text: await readFile(named, "utf8"), [Symbol.asyncDispose]: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), "bellwire-orders-"));
  const path = join(folder, "orders.csv");
  const text = `${[HEADER, ...Array.from({ length: ROWS }, (_, row) => rowOf(row))].join("\n")}\n`;
  await writeFile(path, text);
  return { path, text, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Every tenth order was cancelled, every seventh is still on its way, every fortieth row cannot be read. */
function rowOf(row: number): string {
  const id = row.toString(16).padStart(32, "0");
  const customer = `c${(row % 400).toString(16).padStart(31, "0")}`;
  if (row % 40 === 39) return `${id},${customer},delivered,no date,,,,`;
  const at = (hours: number) =>
    new Date(FIRST_PURCHASE + (row + hours) * HOUR_MS).toISOString().slice(0, 19).replace("T", " ");
  if (row % 10 === 9) return `${id},${customer},canceled,${at(0)},${at(1)},,,${at(99)}`;
  if (row % 7 === 6) return `${id},${customer},shipped,${at(0)},${at(1)},${at(20)},,${at(99)}`;
  return `${id},${customer},delivered,${at(0)},${at(1)},${at(20)},${at(60)},${at(99)}`;
}
