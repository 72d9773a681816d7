import { z } from "zod";

/** How far the replay of one file has come. */
export const ReplayState = z.object({
  /** Steps in file order, or by their time: a position means something only within one of them. */
  sequence: z.enum(["file", "time"]),
  total: z.number().int().min(0),
  /** Steps that the store has taken. */
  position: z.number().int().min(0),
  /** The newest outbox entry when the last step was taken; absent while steps are missing, or where none waited. */
  lastEntry: z.string().optional(),
  /** Every step was published and confirmed. */
  finished: z.boolean(),
});
export type ReplayState = z.infer<typeof ReplayState>;

/** How long a replay is remembered after its last step, ms. */
export const REPLAY_MEMORY_MS = 30 * 24 * 3_600_000;

/** The progress of replays by the hash of their file. */
export interface ReplayLog {
  load(replayId: string): Promise<ReplayState | undefined>;
  save(replayId: string, state: ReplayState): Promise<void>;
}
