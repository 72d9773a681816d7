import { flag, list, whole } from "@bellwire/runtime";
import { z } from "zod";
import type { DoorRules } from "../negotiate/door.ts";
import type { ReservationLimits } from "../negotiate/reservations.ts";
import type { RebalanceRules } from "../rebalance/rebalancer.ts";
import { HOUR_MS, ms } from "./limits.ts";

/** What operators may do, and how clients are sent elsewhere and straight to nodes. */
export interface Control {
  /** Absent: nothing can be changed. */
  readonly adminToken: string | undefined;
  /** What nodes want to see before they obey; absent: they are not asked. */
  readonly apiKey: string | undefined;
  /** Choices that are remembered. */
  readonly choices: number;
  /** A drain's length where the operator gives none. */
  readonly drainNodeMs: number;
  readonly rebalance: RebalanceRules & { readonly automatic: boolean };
  readonly negotiate: DoorRules & {
    readonly secret: string | undefined;
    readonly ticketMs: number;
    readonly reservations: ReservationLimits;
  };
  /** Whether other processes may listen on the same public port. */
  readonly reusePort: boolean;
}

export const controlShape = {
  BELLWIRE_BALANCER_ADMIN_TOKEN: z.string().min(16, "must have 16 characters or more").optional(),
  BELLWIRE_API_KEY: z.string().min(8).optional(),
  BELLWIRE_BALANCER_CHOICES: whole(256, 1, 10_000),
  BELLWIRE_BALANCER_DRAIN_NODE_MS: whole(60_000, 0, HOUR_MS),
  BELLWIRE_BALANCER_REBALANCE: z.enum(["on", "off"]).default("off"),
  BELLWIRE_BALANCER_REBALANCE_PER_SECOND: whole(50, 1, 10_000),
  BELLWIRE_BALANCER_REBALANCE_PERCENT: whole(10, 1, 100),
  BELLWIRE_TICKET_SECRET: z.string().min(8).optional(),
  BELLWIRE_TOKEN_SECRET: z.string().min(8).optional(),
  BELLWIRE_BALANCER_PUBLIC_URL: z.url({ protocol: /^wss?$/ }).optional(),
  BELLWIRE_BALANCER_NEGOTIATE_ORIGINS: list("*"),
  BELLWIRE_BALANCER_TICKET_MS: ms(30_000),
  BELLWIRE_BALANCER_RESERVATIONS: whole(10_000, 1, 1_000_000),
  BELLWIRE_BALANCER_ADDRESS_RESERVATIONS: whole(100, 1, 1_000_000),
  BELLWIRE_BALANCER_REUSE_PORT: flag(false),
};

export const controlOf = (read: z.infer<z.ZodObject<typeof controlShape>>): Control => ({
  adminToken: read.BELLWIRE_BALANCER_ADMIN_TOKEN,
  apiKey: read.BELLWIRE_API_KEY,
  choices: read.BELLWIRE_BALANCER_CHOICES,
  drainNodeMs: read.BELLWIRE_BALANCER_DRAIN_NODE_MS,
  rebalance: {
    automatic: read.BELLWIRE_BALANCER_REBALANCE === "on",
    perSecond: read.BELLWIRE_BALANCER_REBALANCE_PER_SECOND,
    tolerance: read.BELLWIRE_BALANCER_REBALANCE_PERCENT / 100,
  },
  negotiate: {
    secret: read.BELLWIRE_TICKET_SECRET ?? read.BELLWIRE_TOKEN_SECRET,
    publicUrl: read.BELLWIRE_BALANCER_PUBLIC_URL,
    origins: read.BELLWIRE_BALANCER_NEGOTIATE_ORIGINS,
    ticketMs: read.BELLWIRE_BALANCER_TICKET_MS,
    reservations: {
      holdMs: read.BELLWIRE_BALANCER_TICKET_MS,
      max: read.BELLWIRE_BALANCER_RESERVATIONS,
      perGroup: read.BELLWIRE_BALANCER_ADDRESS_RESERVATIONS,
    },
  },
  reusePort: read.BELLWIRE_BALANCER_REUSE_PORT,
});
