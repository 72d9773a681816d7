/** A node's failed handshakes, and how often they have put it out. Times in ms. */
export interface Ejection {
  /** In a row. */
  readonly fails: number;
  /** How often it was put out without a long time of good behaviour in between: each time for longer. */
  readonly times: number;
  /** Until when it is out, or was last. */
  readonly until: number;
}

export interface EjectionRules {
  /** Failures in a row that put a node out; 0: never. */
  readonly afterFails: number;
  /** The first time out; doubled at each further one. */
  readonly baseMs: number;
  /** The longest time out; a node that has behaved for so long begins anew. */
  readonly maxMs: number;
  /** Share by which a time out may be longer, 0 to 1. */
  readonly jitter: number;
  /** How much of the nodes may be unavailable, whatever the cause, once one is put out: 0 to 1. */
  readonly maxShare: number;
}

export const defaultEjectionRules: EjectionRules = {
  afterFails: 5,
  baseMs: 5_000,
  maxMs: 300_000,
  jitter: 0.2,
  maxShare: 0.5,
};

export const notEjected: Ejection = { fails: 0, times: 0, until: Number.NEGATIVE_INFINITY };

export const afterFailure = (ejection: Ejection): Ejection => ({ ...ejection, fails: ejection.fails + 1 });

export const afterSuccess = (ejection: Ejection, now: number, { maxMs }: EjectionRules): Ejection =>
  now - ejection.until >= maxMs ? notEjected : { ...ejection, fails: 0 };

export const isDue = ({ fails }: Ejection, { afterFails }: EjectionRules): boolean =>
  afterFails > 0 && fails >= afterFails;

/** Puts a node out. Once it is back, a single failure is enough, until a handshake has succeeded. */
export function eject(ejection: Ejection, now: number, rules: EjectionRules, random: () => number): Ejection {
  const outMs = Math.min(rules.maxMs, rules.baseMs * 2 ** ejection.times) * (1 + rules.jitter * random());
  return { fails: rules.afterFails - 1, times: ejection.times + 1, until: now + outMs };
}
