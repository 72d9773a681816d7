import type { Clock } from "@bellwire/hub";

/** A clock that stands still until it is told to go on. */
export function createManualClock(): Clock & {
  advance(ms: number): Promise<void>;
  jump(ms: number): void;
  step(ms: number): void;
} {
  let now = 1_000_000;
  let wall = 0;
  let timers: Array<{ readonly at: number; readonly task: () => void }> = [];
  const settle = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  return {
    now: () => now + wall,
    elapsed: () => now,
    after(ms, task) {
      const timer = { at: now + ms, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    soon: (task) => void setImmediate(task),
    random: () => 0.5,
    /** The wall clock is set; no time passes. */
    step(ms) {
      wall += ms;
    },
    /** Time passes, and nothing that is due is done yet: the process stood still. */
    jump(ms) {
      now += ms;
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
        if (next === undefined) break;
        now = Math.max(now, next.at);
        timers = timers.filter((other) => other !== next);
        next.task();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}
