import type { Hub } from "@bellwire/hub";
import { Base64Json, JsonText } from "@bellwire/protocol";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";
import { recipientFields, recipientOf } from "./recipient.ts";

export const RefreshRequest = z.object({
  ...recipientFields,
  expired: z.boolean().default(false).describe("Ends the connections as expired."),
  expire_at: z.number().int().min(0).optional().describe("Seconds since 1970; 0 or absent: never."),
  info: JsonText.optional(),
  b64info: Base64Json.optional(),
});

/** Gives a user's connections, or one client's, another expiry, or ends them as expired, on every node. */
export async function refresh(hub: Hub, request: z.infer<typeof RefreshRequest>): Promise<Answer<object>> {
  const { expired, expire_at: seconds = 0 } = request;
  const info = request.b64info ?? request.info;
  const recipient = recipientOf(request);
  if (recipient === undefined) return failure("badRequest", "user, client or session must be set");
  await hub.order({
    ...{ kind: "refresh", ...recipient, expired },
    ...(seconds > 0 && { expiresAt: seconds * 1_000 }),
    ...(info !== undefined && { info }),
  });
  return { result: {} };
}
