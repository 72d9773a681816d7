import { createHash } from "node:crypto";
import type { HistoryStep } from "./history.ts";
import { HistoryReader } from "./history-reader.ts";
import { linesOf } from "./lines.ts";

/** A row, or one step of it, that is not replayed. */
export interface Complaint {
  readonly line: number;
  readonly reason: string;
  readonly kind: "bad row" | "illegal step";
}

/** A whole file: its steps in file order, and the hash of its bytes. */
export interface Plan {
  readonly id: string;
  readonly rows: number;
  readonly badRows: number;
  readonly illegalSteps: number;
  readonly steps: readonly HistoryStep[];
}

/** Reads a file to its end; `complain` hears of each bad row as it is met. Rejects with UnreadableFileError. */
export async function readPlan(
  chunks: AsyncIterable<Uint8Array>,
  complain: (complaint: Complaint) => void,
): Promise<Plan> {
  const hash = createHash("sha256");
  const reader = new HistoryReader();
  const steps: HistoryStep[] = [];
  let badRows = 0;
  let illegalSteps = 0;
  for await (const line of linesOf(hashed(chunks, hash))) {
    const read = reader.read(line);
    if (read === undefined) continue;
    if (!read.ok) {
      badRows += 1;
      complain({ kind: "bad row", line: line.number, reason: read.reason });
      continue;
    }
    steps.push(...read.value.steps);
    if (read.value.illegal === undefined) continue;
    illegalSteps += 1;
    complain({ kind: "illegal step", line: line.number, reason: read.value.illegal });
  }
  reader.end();
  return { id: hash.digest("hex"), rows: reader.rows, badRows, illegalSteps, steps };
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
