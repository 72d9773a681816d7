import { createTicketSigner } from "@bellwire/auth";
import type { Rulebook } from "@bellwire/hub";
import type { Log } from "@bellwire/runtime";
import { ChoiceLog } from "./admin/choice-log.ts";
import type { Control } from "./config/control.ts";
import { Drains } from "./drain/drains.ts";
import { Shedder } from "./drain/shedder.ts";
import { createNegotiateDoor, type NegotiateDoor } from "./negotiate/door.ts";
import { Negotiator } from "./negotiate/negotiator.ts";
import { Reservations } from "./negotiate/reservations.ts";
import type { Observer } from "./observing/observer.ts";
import type { Pool } from "./pool/pool.ts";
import { Rebalancer } from "./rebalance/rebalancer.ts";
import { Execution } from "./standing/execution.ts";
import { StandingOrders } from "./standing/standing-orders.ts";

const EXPIRE_EVERY_MS = 1_000;

/** What must be there before the pool, because the pool tells it things. */
export interface Ledger {
  readonly choices: ChoiceLog;
  readonly reservations: Reservations;
}

export const createLedger = ({ choices, negotiate }: Control, clock: () => number): Ledger => ({
  choices: new ChoiceLog(choices, Date.now),
  reservations: new Reservations({ limits: negotiate.reservations, clock }),
});

/** What operators command, and what clients negotiate. */
export interface Controls extends Ledger, Disposable {
  readonly drains: Drains;
  readonly rebalancer: Rebalancer;
  readonly standing: StandingOrders;
  readonly door: NegotiateDoor;
}

export function createControls(
  control: Control,
  parts: {
    readonly pool: Pool;
    readonly ledger: Ledger;
    /** What operators order is told to all balancers through it; absent: to this one alone. */
    readonly rulebook: Rulebook | undefined;
    readonly rulebookMs: number;
    readonly observer: Observer;
    readonly log: Log;
    readonly clock: () => number;
    readonly random: () => number;
  },
): Controls {
  const { pool, ledger, rulebook, rulebookMs, observer, log, clock, random } = parts;
  const { apiKey, negotiate, rebalance } = control;
  const { reservations } = ledger;
  using opening = new DisposableStack();
  const shedder = new Shedder({ pool, apiKey, log });
  const drains = opening.use(new Drains({ pool, shedder, clock, onDrain: (node) => reservations.forget(node) }));
  const execution = new Execution({ pool, drains, shedder });
  const standing = opening.use(new StandingOrders({ execution, book: rulebook, log, everyMs: rulebookMs }));
  pool.onJoin((backend) => standing.joined(backend));
  const { automatic, ...rules } = rebalance;
  const rebalancer = opening.use(new Rebalancer({ pool, shedder, log, clock, rules, automatic }));
  opening.adopt(
    setInterval(() => reservations.expire(), EXPIRE_EVERY_MS),
    clearInterval,
  );
  const { secret, ticketMs } = negotiate;
  const sign = secret === undefined ? undefined : createTicketSigner({ secret, now: Date.now });
  const door = createNegotiateDoor(new Negotiator({ pool, reservations, sign, ticketMs }), {
    rules: negotiate,
    random,
    answered: (cause) => observer.answered(cause),
    negotiated: (direct) => observer.negotiated(direct),
  });
  const held = opening.move();
  return { ...ledger, drains, rebalancer, standing, door, [Symbol.dispose]: () => held.dispose() };
}
