import type { Hub } from "@bellwire/hub";
import { closes, isUsableClose } from "@bellwire/protocol";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";

const id = z.string().min(1).max(128);

export const DisconnectRequest = z.object({
  user: id.optional(),
  client: id.optional(),
  whitelist: z.array(id).max(1_000).default([]),
  disconnect: z.object({ code: z.number().int(), reason: z.string() }).optional(),
});

/** Ends a user's connections, or one client's, on every node. */
export async function disconnect(hub: Hub, request: z.infer<typeof DisconnectRequest>): Promise<Answer<object>> {
  const { user, client, whitelist, disconnect: close = closes.forceDisconnect } = request;
  if (user === undefined && client === undefined) return failure("badRequest", "user or client must be set");
  if (!isUsableClose(close))
    return failure(
      "badRequest",
      "disconnect needs a code from 3000 to 4999 and a reason of 1 to 123 plain ASCII characters that begins with a letter",
    );
  await hub.order({
    kind: "disconnect",
    ...(user === undefined ? {} : { user }),
    ...(client === undefined ? {} : { client }),
    keep: whitelist,
    code: close.code,
    reason: close.reason,
  });
  return { result: {} };
}
