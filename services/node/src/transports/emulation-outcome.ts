import type { Delivery } from "./emulated-sessions.ts";

/** What became of a client's POST: as where its session is; or that node could not be asked, or too much is on its way already. */
export type EmulationOutcome = Delivery | "unreachable" | "busy";

/** SDKs connect again after 404 and 5xx; after anything else only the POST's commands are lost. */
export const statusOf = {
  ...{ taken: 204, unknown: 404, tooMany: 429 },
  ...{ unreachable: 503, busy: 503 },
} as const satisfies Record<EmulationOutcome, number>;
