import type { Clock } from "@bellwire/hub";

/** The process's own clock for the hub. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  soon: (task) => void setImmediate(task),
  random: () => Math.random(),
};
