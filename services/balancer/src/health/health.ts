/** What checks and connects have told about a node. `proven`: it has passed a check before, or was believed from the start. */
export interface Health {
  readonly status: "up" | "down" | "suspect";
  readonly passes: number;
  readonly fails: number;
  /** Checks in a row without any answer: more than a bad answer, it may be frozen. */
  readonly silences: number;
  readonly proven: boolean;
}

export interface HealthRules {
  /** What a node is until its first check. */
  readonly initial: "up" | "down";
  /** Passes in a row that bring a node back. The very first pass of a new node is enough. */
  readonly rise: number;
  /** Failures in a row that take a node out. */
  readonly fall: number;
  readonly intervalMs: number;
  /** Between checks of a node that is not steadily up. */
  readonly fastMs: number;
  /** Share by which a pause may be longer or shorter, 0 to 1. */
  readonly jitter: number;
  readonly timeoutMs: number;
}

/** A check passed, was answered badly or not at all, or a client's connect was refused. */
export type HealthEvent = "pass" | "fail" | "silence" | "refused";

export const defaultHealthRules: HealthRules = {
  initial: "down",
  rise: 2,
  fall: 3,
  intervalMs: 2_000,
  fastMs: 500,
  jitter: 0.2,
  timeoutMs: 1_000,
};

const UP: Health = { status: "up", passes: 0, fails: 0, silences: 0, proven: true };

export const newHealth = (rules: HealthRules): Health =>
  rules.initial === "up" ? UP : { status: "down", passes: 0, fails: 0, silences: 0, proven: false };

/** The health after an event. A refused connect takes a node out at once, until a check says otherwise. */
export function healthAfter(health: Health, event: HealthEvent, rules: HealthRules): Health {
  switch (event) {
    case "pass":
      return afterPass(health, rules);
    case "fail":
      return { ...afterFail(health, rules), silences: 0 };
    case "silence":
      return { ...afterFail(health, rules), silences: health.silences + 1 };
    case "refused":
      return health.status === "up" ? { ...health, status: "suspect", passes: 0 } : health;
  }
}

function afterPass(health: Health, rules: HealthRules): Health {
  const passes = health.passes + 1;
  if (health.status !== "down" || !health.proven || passes >= rules.rise) return UP;
  return { ...health, passes, fails: 0, silences: 0 };
}

function afterFail(health: Health, rules: HealthRules): Health {
  if (health.status === "down") return { ...health, passes: 0 };
  const fails = health.fails + 1;
  return { ...health, status: fails >= rules.fall ? "down" : health.status, passes: 0, fails };
}

/** True for a node that is out and does not even say so: what is joined to it is dead, though nobody was told. */
export const isFrozen = ({ status, silences }: Health, { fall }: HealthRules): boolean =>
  status === "down" && silences >= fall;

/** The pause before the next check: long only while a node is steadily up. */
export function checkPauseMs(health: Health, rules: HealthRules, random: () => number): number {
  const base = health.status === "up" && health.fails === 0 ? rules.intervalMs : rules.fastMs;
  return base * (1 + rules.jitter * (2 * random() - 1));
}
