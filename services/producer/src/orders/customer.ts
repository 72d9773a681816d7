import { SafeId } from "@bellwire/events";
import { z } from "zod";

/** The longest name of a customer, and of their segment. */
export const MAX_CUSTOMER_NAME = 80;
export const MAX_SEGMENT = 64;

/** What the shop knows of a customer besides their orders. It is told with an order; what is left out stays as it was. */
export const CustomerFacts = z.object({
  name: z.string().trim().min(1).max(MAX_CUSTOMER_NAME).optional().describe("How pages call the customer"),
  segment: SafeId.max(MAX_SEGMENT, `must be at most ${MAX_SEGMENT} characters`)
    .optional()
    .describe("Whose promotions concern the customer besides those to all"),
});
export type CustomerFacts = z.infer<typeof CustomerFacts>;

/** A customer in a list. */
export const CustomerSummary = CustomerFacts.extend({
  customerId: z.string(),
  orders: z.number().int().describe("Orders that are still kept"),
});
export type CustomerSummary = z.infer<typeof CustomerSummary>;
