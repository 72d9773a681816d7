import type { Recipient } from "@bellwire/hub";
import { z } from "zod";

const id = z.string().min(1).max(256);

/** Whose connections a call is about: a user's, of them one client, or one emulated connection by its secret. */
export const recipientFields = {
  user: z.string().max(256).optional().describe("The user's id. An empty one is no user's."),
  client: id.optional().describe("One connection's id."),
  session: id.optional().describe("The secret of an emulated connection."),
};

/** The recipient; undefined where nobody is named. */
export function recipientOf(request: {
  readonly user?: string | undefined;
  readonly client?: string | undefined;
  readonly session?: string | undefined;
}): Recipient | undefined {
  const { user = "", client, session } = request;
  if (user === "" && client === undefined && session === undefined) return undefined;
  return {
    ...(user !== "" && { user }),
    ...(client !== undefined && { client }),
    ...(session !== undefined && { session }),
  };
}
