/**
 * Loaded before a service (`node --import`): the wall clock of the process is off by the milliseconds in the file that
 * CHAOS_CLOCK_FILE names, read at the start and again at SIGUSR2. Timers and `performance` go on as they are.
 */
import { readFileSync } from "node:fs";

const file = process.env.CHAOS_CLOCK_FILE ?? "";
const RealDate = Date;
const realNow = Date.now.bind(Date);
let offset = 0;

const look = (): void => {
  try {
    offset = Number(readFileSync(file, "utf8")) || 0;
  } catch {
    // No file: the clock has not been stepped.
    offset = 0;
  }
};

globalThis.Date = class extends RealDate {
  constructor(...given: readonly unknown[]) {
    super(...((given.length === 0 ? [realNow() + offset] : given) as [number]));
  }

  static override now(): number {
    return realNow() + offset;
  }
} as DateConstructor;
look();
process.on("SIGUSR2", look);
