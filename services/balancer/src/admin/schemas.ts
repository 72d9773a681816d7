import { z } from "zod";
import { parseAddress } from "../pool/address.ts";
import { MAX_WEIGHT } from "../pool/node-list.ts";
import { type StrategyName, strategies } from "../strategies/table.ts";

export const Problem = z.object({ error: z.string() });

const Weight = z.number().int().min(1).max(MAX_WEIGHT);
const DAY_MS = 86_400_000;

/** `host:port`, parsed. */
const Address = z
  .string()
  .max(300)
  .transform((text, context) => {
    const address = parseAddress(text);
    if (address !== undefined) return address;
    context.addIssue({ code: "custom", message: "must be host:port" });
    return z.NEVER;
  });

export const NOBODY = { error: "no such node" };
export const FULL = { error: "too many nodes" };

export const NodeId = z.object({ id: z.string().min(1).max(300) });

export const Drain = z.object({
  node: z.string(),
  overMs: z.number(),
  by: z
    .enum(["node", "balancer"])
    .describe("who ends the connections: the node politely, or the balancer by closing tunnels"),
  clients: z.number().describe("when the drain began"),
  elapsedMs: z.number(),
});

export const Node = z.object({
  id: z.string(),
  address: z.string(),
  source: z.enum(["static", "registry"]),
  state: z.string(),
  active: z.number().describe("tunnels, requests, clients that came directly, and places promised to clients"),
  direct: z.number(),
  reserved: z.number(),
  weight: z.number(),
  warmth: z.number().describe("percent of its weight that counts while it starts slowly"),
  publicUrl: z.string().optional(),
  lastCause: z.string(),
  drain: Drain.optional(),
});

export const Nodes = z.object({ strategy: z.string(), nodes: z.array(Node) });

export const NodeChange = z.strictObject({
  weight: Weight.optional(),
  state: z
    .enum(["up", "draining"])
    .optional()
    .describe("draining: nothing new; up: takes that, a drain and a removal back"),
});

export const NodeAddition = z.strictObject({
  address: Address,
  weight: Weight.default(1),
});

export const DrainOrder = z
  .strictObject({ overMs: z.number().int().min(0).max(DAY_MS).optional() })
  .nullish()
  .transform((order) => order ?? {});

export const Removal = z.object({ force: z.enum(["true", "false"]).default("false") });

export const Drained = z.object({ state: z.enum(["draining", "gone"]), drain: Drain.optional() });

/** A removal was taken back: the node comes when its source names it again. */
export const Awaited = z.object({ state: z.literal("awaited") });

export const StrategyChoice = z.object({
  strategy: z.enum(Object.keys(strategies) as [StrategyName, ...StrategyName[]]),
});

export const Orders = z.object({
  shared: z.enum(["yes", "not now", "no"]).describe("whether other balancers hear of orders"),
  orders: z.array(z.object({ order: z.string(), text: z.string() })).describe("what stands until it is taken back"),
});

export const RebalanceOrder = z
  .strictObject({
    perSecond: z.number().min(1).max(10_000).optional(),
    tolerance: z.number().min(0.01).max(1).optional(),
  })
  .nullish()
  .transform((order) => order ?? {});

export const Rebalance = z.object({
  state: z.enum(["idle", "running", "balanced", "given_up"]),
  spread: z.number().describe("how far the worst node is from its share, as a part of it"),
  shed: z.number().describe("clients asked to leave since it began"),
  perSecond: z.number(),
  tolerance: z.number(),
});

export const ChoicesQuery = z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(20) });

export const Choices = z.object({
  choices: z.array(
    z.object({
      at: z.string(),
      node: z.string(),
      strategy: z.string(),
      client: z.string(),
      wanted: z.string().optional(),
      candidates: z.array(
        z.object({
          node: z.string(),
          weight: z.number(),
          warmth: z.number(),
          active: z.number(),
          score: z.number(),
        }),
      ),
      more: z.number(),
    }),
  ),
});
