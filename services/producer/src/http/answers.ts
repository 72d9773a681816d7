import { z } from "zod";
import { legalSteps } from "../orders/lifecycle.ts";
import { Order } from "../orders/order.ts";
import type { Advanced } from "../store/order-store.ts";

export const Problem = z.object({ error: z.string() });
export const BadRequest = Problem.extend({ issues: z.array(z.object({ field: z.string(), reason: z.string() })) });
export const IllegalStep = Problem.extend({ status: z.string(), legal: z.array(z.string()) });

/** Seconds after which a client may try again while the outbox is full. */
export const RETRY_AFTER_S = 2;

export const FULL = { error: "too many events wait to be published; try again later" };

type Refused = Exclude<Advanced, { readonly kind: "applied" | "repeated" }>;

/** The HTTP status and body of a refusal. */
export function refusalOf(refused: Refused): {
  readonly code: 404 | 409 | 503;
  readonly body: z.infer<typeof Problem>;
} {
  switch (refused.kind) {
    case "unknown":
      return { code: 404, body: { error: "no such order" } };
    case "taken":
      return { code: 409, body: { error: "the order id belongs to another customer's order" } };
    case "illegal":
      return { code: 409, body: illegal(refused.order) };
    case "full":
      return { code: 503, body: FULL };
    default:
      return refused satisfies never;
  }
}

function illegal(order: Order | undefined): z.infer<typeof IllegalStep> {
  const status = order?.status ?? "new";
  const legal = [...legalSteps(status, "strict")];
  const next = legal.length === 0 ? "nothing" : legal.join(" or ");
  return { error: `the order is ${status}: ${next} may follow`, status, legal };
}

export const Orders = z.object({ orders: z.array(Order) });
