import { defaultLimits, type HubLimits } from "@bellwire/hub";
import { z } from "zod";

const DAY_MS = 86_400_000;

const whole = (min: number, max: number) => z.number().int().min(min).max(max);
const rate = z.strictObject({ burst: whole(1, 1_000_000), perSecond: z.number().min(0.001).max(1_000_000) });

/** Every bound of the hub, so that none can be added without a place here. Times in ms, sizes in bytes. */
export const LimitSettings = z.strictObject({
  channelsPerClient: whole(1, 10_000),
  connectionsPerUser: whole(0, 100_000),
  commands: rate,
  errors: rate,
  pendingCommands: whole(1, 10_000),
  recovery: whole(1, 10_000),
  history: whole(1, 10_000),
  presence: whole(1, 100_000),
  publishBytes: whole(1, 1_048_576),
  rpcMs: whole(50, 60_000),
  rpcBytes: whole(1, 1_048_576),
  rpcsPerClient: whole(1, 1_000),
  rpcs: whole(1, 100_000),
  surveyMs: whole(50, 60_000),
  surveyedChannels: whole(1, 1_000_000),
  surveys: whole(1, 1_000),
  heldPublications: whole(1, 100_000),
  holeMs: whole(1, 10_000),
  lingerMs: whole(0, 600_000),
  positionCheckMs: whole(1_000, 600_000),
  positionsPerCall: whole(1, 10_000),
  pingSeconds: whole(1, 3_600),
  pongMs: whole(500, 600_000),
  connectMs: whole(1_000, 60_000),
  expiryGraceMs: whole(0, 600_000),
  maxConnectionAgeMs: whole(0, 30 * DAY_MS),
  flushChunk: whole(1, 100_000),
  slow: z.strictObject({
    softBytes: whole(1_024, 1_073_741_824),
    hardBytes: whole(1_024, 1_073_741_824),
    graceMs: whole(0, 600_000),
  }),
} satisfies Record<keyof HubLimits, z.ZodType>);

/** The default limits with those of a file; a sentence where they contradict each other. */
export function limitsFrom(given: Readonly<Record<string, unknown>>): HubLimits | string {
  const limits = { ...defaultLimits, ...given };
  if (limits.slow.hardBytes < limits.slow.softBytes) return "limits.slow.hardBytes is below limits.slow.softBytes";
  if (limits.pongMs >= limits.pingSeconds * 1_000) return "limits.pongMs must be below limits.pingSeconds";
  if (limits.maxConnectionAgeMs > 0 && limits.maxConnectionAgeMs < limits.pingSeconds * 1_000)
    return "limits.maxConnectionAgeMs must be 0 or at least limits.pingSeconds";
  return limits;
}
