import type { Refusal } from "../gate.ts";
import type { Session } from "../session/session.ts";

/** Tells a client that it may not: answers the command with the error, or ends the connection. */
export function turnAway(session: Session, id: number, refusal: Refusal): void {
  if ("error" in refusal) return session.reply({ id, error: refusal.error });
  if (typeof refusal.close === "string") session.end(refusal.close);
  else session.end("forceDisconnect", refusal.close);
}
