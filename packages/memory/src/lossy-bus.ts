import type { Bus, Clock } from "@bellwire/hub";

/** How often a message suffers, each between 0 and 1; what is delayed is overtaken by what is not. */
export interface Mischief {
  readonly lose?: number;
  readonly double?: number;
  readonly delay?: number;
  /** The longest delay, ms. Default 50. */
  readonly delayMs?: number;
}

/** A bus that does to messages all that a bus may do by its contract: late, double, out of order, missing. */
export function createLossyBus(bus: Bus, clock: Clock, mischief: Mischief): Bus {
  const happens = (chance = 0): boolean => chance > 0 && clock.random() < chance;
  const delayed: Bus["send"] = (message, target) => {
    if (!happens(mischief.delay)) return bus.send(message, target);
    return new Promise((resolve, reject) => {
      clock.after(clock.random() * (mischief.delayMs ?? 50), () => bus.send(message, target).then(resolve, reject));
    });
  };
  return {
    listen: (node, handlers) => bus.listen(node, handlers),
    async send(message, target) {
      if (happens(mischief.lose)) return;
      const copies = happens(mischief.double) ? 2 : 1;
      await Promise.all(Array.from({ length: copies }, () => delayed(message, target)));
    },
  };
}
