import type { Hub } from "@bellwire/hub";
import { closes, isUsableClose } from "@bellwire/protocol";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";
import { recipientFields, recipientOf } from "./recipient.ts";

const MAX_KEPT = 1_000;

export const DisconnectRequest = z.object({
  ...recipientFields,
  whitelist: z.array(z.string().min(1).max(128)).max(MAX_KEPT).default([]).describe("Clients that stay."),
  disconnect: z.object({ code: z.number().int(), reason: z.string() }).optional(),
});

/** Ends a user's connections, or one client's, on every node. */
export async function disconnect(hub: Hub, request: z.infer<typeof DisconnectRequest>): Promise<Answer<object>> {
  const { whitelist, disconnect: close = closes.forceDisconnect } = request;
  const recipient = recipientOf(request);
  if (recipient === undefined) return failure("badRequest", "user, client or session must be set");
  if (!isUsableClose(close))
    return failure(
      "badRequest",
      "disconnect needs a code from 3000 to 4999 and a reason of 1 to 123 plain ASCII characters that begins with a letter",
    );
  await hub.order({ kind: "disconnect", ...recipient, keep: whitelist, code: close.code, reason: close.reason });
  return { result: {} };
}
