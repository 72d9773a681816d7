import { whole } from "@bellwire/runtime";
import { z } from "zod";
import { defaultEjectionRules, type EjectionRules } from "../health/ejection.ts";
import { defaultHealthRules, type HealthRules } from "../health/health.ts";
import { HOUR_MS, ms } from "./limits.ts";

export const healthShape = {
  BELLWIRE_BALANCER_CHECK_INITIAL: z.enum(["up", "down"]).default(defaultHealthRules.initial),
  BELLWIRE_BALANCER_CHECK_RISE: whole(defaultHealthRules.rise, 1, 100),
  BELLWIRE_BALANCER_CHECK_FALL: whole(defaultHealthRules.fall, 1, 100),
  BELLWIRE_BALANCER_CHECK_INTERVAL_MS: ms(defaultHealthRules.intervalMs),
  BELLWIRE_BALANCER_CHECK_FAST_MS: ms(defaultHealthRules.fastMs),
  BELLWIRE_BALANCER_CHECK_JITTER_PERCENT: whole(defaultHealthRules.jitter * 100, 0, 100),
  BELLWIRE_BALANCER_CHECK_TIMEOUT_MS: ms(defaultHealthRules.timeoutMs),

  BELLWIRE_BALANCER_EJECT_AFTER: whole(defaultEjectionRules.afterFails, 0, 1_000),
  BELLWIRE_BALANCER_EJECT_MS: ms(defaultEjectionRules.baseMs),
  BELLWIRE_BALANCER_EJECT_MAX_MS: ms(defaultEjectionRules.maxMs),
  BELLWIRE_BALANCER_EJECT_JITTER_PERCENT: whole(defaultEjectionRules.jitter * 100, 0, 100),
  BELLWIRE_BALANCER_EJECT_MAX_PERCENT: whole(defaultEjectionRules.maxShare * 100, 0, 100),

  BELLWIRE_BALANCER_SLOW_START_MS: whole(10_000, 0, HOUR_MS),
  BELLWIRE_BALANCER_PANIC_PERCENT: whole(0, 0, 100),
  BELLWIRE_BALANCER_SHED_PER_SECOND: whole(50, 0, 100_000),
};

type HealthRead = z.infer<z.ZodObject<typeof healthShape>>;

export const healthOf = (read: HealthRead): HealthRules => ({
  initial: read.BELLWIRE_BALANCER_CHECK_INITIAL,
  rise: read.BELLWIRE_BALANCER_CHECK_RISE,
  fall: read.BELLWIRE_BALANCER_CHECK_FALL,
  intervalMs: read.BELLWIRE_BALANCER_CHECK_INTERVAL_MS,
  fastMs: read.BELLWIRE_BALANCER_CHECK_FAST_MS,
  jitter: read.BELLWIRE_BALANCER_CHECK_JITTER_PERCENT / 100,
  timeoutMs: read.BELLWIRE_BALANCER_CHECK_TIMEOUT_MS,
});

export const ejectionOf = (read: HealthRead): EjectionRules => ({
  afterFails: read.BELLWIRE_BALANCER_EJECT_AFTER,
  baseMs: read.BELLWIRE_BALANCER_EJECT_MS,
  maxMs: read.BELLWIRE_BALANCER_EJECT_MAX_MS,
  jitter: read.BELLWIRE_BALANCER_EJECT_JITTER_PERCENT / 100,
  maxShare: read.BELLWIRE_BALANCER_EJECT_MAX_PERCENT / 100,
});
