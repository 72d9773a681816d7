import { CsvError } from "csv-parse";
import { parse } from "csv-parse/sync";

/** The columns of the public Olist order layout that are read; others may stand between them. */
export const COLUMNS = [
  "order_id",
  "customer_id",
  "order_status",
  "order_purchase_timestamp",
  "order_approved_at",
  "order_delivered_carrier_date",
  "order_delivered_customer_date",
] as const;
export type Column = (typeof COLUMNS)[number];
export type Row = Readonly<Record<Column, string>>;

/** Something read, or why it could not be. */
export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

/** One line's fields. Rows do not span lines here, so that an open quote spoils its own line only. */
export function fieldsOf(line: string): Read<readonly string[]> {
  if (!line.includes('"')) return { ok: true, value: line.split(",") };
  try {
    const [fields = []]: string[][] = parse(line, { relax_column_count: true });
    return { ok: true, value: fields };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { ok: false, reason: `not CSV: ${error.message.replace(/ at line 1\b/, "").slice(0, 200)}` };
  }
}

/** Where each column stands, after a header line. */
export class Layout {
  readonly #width: number;
  readonly #places: ReadonlyMap<Column, number>;

  private constructor(width: number, places: ReadonlyMap<Column, number>) {
    this.#width = width;
    this.#places = places;
  }

  static of(header: readonly string[]): Read<Layout> {
    const names = header.map((name) => name.trim());
    const missing = COLUMNS.filter((column) => !names.includes(column));
    if (missing.length > 0) return { ok: false, reason: `the header lacks ${missing.join(", ")}` };
    const twice = COLUMNS.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
    if (twice.length > 0) return { ok: false, reason: `the header has ${twice.join(", ")} twice` };
    return { ok: true, value: new Layout(names.length, new Map(COLUMNS.map((name) => [name, names.indexOf(name)]))) };
  }

  row(fields: readonly string[]): Read<Row> {
    if (fields.length !== this.#width)
      return { ok: false, reason: `${fields.length} columns instead of ${this.#width}` };
    const entries = COLUMNS.map((column) => [column, fields[this.#places.get(column) ?? -1] ?? ""]);
    return { ok: true, value: Object.fromEntries(entries) as Row };
  }
}
