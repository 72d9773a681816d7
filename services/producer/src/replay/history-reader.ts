import { MAX_ROWS } from "./batch.ts";
import { fieldsOf, Layout, type Read } from "./columns.ts";
import { type History, historyOf } from "./history.ts";
import { type Line, MAX_LINE_LENGTH } from "./lines.ts";

/** A file that cannot be replayed at all. */
export class UnreadableFileError extends Error {
  override readonly name = "UnreadableFileError";
}

/** Reads an order file line by line, the header first. */
export class HistoryReader {
  #layout: Layout | undefined;
  #rows = 0;
  /** The line on which each order id was seen. */
  readonly #seen = new Map<string, number>();

  /** Rows so far, good and bad. */
  get rows(): number {
    return this.#rows;
  }

  /** A row's history or what is wrong with it; undefined for the header and blank lines. Throws UnreadableFileError. */
  read(line: Line): Read<History> | undefined {
    if (line.text.trim() === "") return undefined;
    if (this.#layout === undefined) {
      this.#layout = layoutOf(line);
      return undefined;
    }
    this.#rows += 1;
    if (this.#rows > MAX_ROWS) throw new UnreadableFileError(`more than ${MAX_ROWS} rows: split the file`);
    return this.#row(this.#layout, line);
  }

  /** Throws UnreadableFileError where not even a header was there. */
  end(): void {
    if (this.#layout === undefined) throw new UnreadableFileError("the file is empty: a header line is needed");
  }

  #row(layout: Layout, { number, text }: Line): Read<History> {
    if (text.length > MAX_LINE_LENGTH) return { ok: false, reason: `longer than ${MAX_LINE_LENGTH} characters` };
    const fields = fieldsOf(text);
    if (!fields.ok) return fields;
    const row = layout.row(fields.value);
    if (!row.ok) return row;
    const history = historyOf(row.value, number);
    if (!history.ok) return history;
    const orderId = row.value.order_id;
    const before = this.#seen.get(orderId);
    if (before !== undefined) return { ok: false, reason: `order_id ${orderId} was on line ${before} already` };
    this.#seen.set(orderId, number);
    return history;
  }
}

function layoutOf({ number, text }: Line): Layout {
  const fields = text.length > MAX_LINE_LENGTH ? undefined : fieldsOf(text);
  const layout = fields?.ok ? Layout.of(fields.value) : fields;
  if (layout?.ok) return layout.value;
  throw new UnreadableFileError(`line ${number}: ${layout?.reason ?? "too long for a header"}`);
}
