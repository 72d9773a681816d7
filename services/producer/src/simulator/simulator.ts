import { randomUUID } from "node:crypto";
import type { Log } from "@bellwire/runtime";
import type { Shop } from "../orders/shop.ts";
import { Doorbell } from "../relay/doorbell.ts";
import { type Deed, Simulation } from "./simulation.ts";

const TICK_MS = 200;
/** Orders on their way at once. */
const MAX_LIVE = 2_000;

/** Keeps a believable shop busy through the same functions as the HTTP API, at about `rate` events per second. */
export function startSimulator(parts: {
  readonly shop: Shop;
  readonly rate: number;
  readonly log: Log;
}): AsyncDisposable {
  const simulation = new Simulation({
    rate: parts.rate,
    maxLive: MAX_LIVE,
    random: Math.random,
    newOrderId: () => `sim-${randomUUID().slice(0, 13)}`,
  });
  const stop = new Doorbell();
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      await Promise.all(simulation.due(Date.now()).map((deed) => tryTo(parts, deed)));
      await stop.wait(TICK_MS);
    }
  };
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      stop.ring();
      await running;
    },
  };
}

async function tryTo({ shop, log }: { readonly shop: Shop; readonly log: Log }, deed: Deed): Promise<void> {
  try {
    const { kind } = await perform(shop, deed);
    if (kind !== "applied" && kind !== "added") log.warn({ deed: deed.kind, kind }, "the simulated shop was refused");
  } catch (error) {
    log.warn({ err: error, deed: deed.kind }, "the simulated shop could not act");
  }
}

function perform(shop: Shop, deed: Deed): Promise<{ readonly kind: string }> {
  switch (deed.kind) {
    case "place":
      return shop.place(deed);
    case "step":
      return shop.move(deed);
    case "promo": {
      const { kind: _, ...promo } = deed;
      return shop.promote(promo);
    }
    default:
      return deed satisfies never;
  }
}
