import type { Receipts, Showing } from "@bellwire/hub";
import { ChannelName } from "@bellwire/protocol";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";

export const ShownQuery = z.object({
  customer: z.string().min(1).max(128).optional().describe("Whose order it is; or the channel instead."),
  channel: ChannelName.optional(),
  order: z.string().min(1).max(128),
  version: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
});

export interface ShownQueryWorld {
  /** Absent: proof of display is off. */
  readonly receipts: Receipts | undefined;
}

/**
 * Whether a version of an order was shown to its customer, or any of them; with every showing that is kept. `newer` is
 * there where the version itself was not shown but a later one was.
 */
export async function shown(
  { receipts }: ShownQueryWorld,
  { customer, channel: given, order, version }: z.infer<typeof ShownQuery>,
): Promise<Answer<object>> {
  if (receipts === undefined) return failure("notAvailable", "proof of display is not configured");
  const named = customer === undefined ? given : ChannelName.safeParse(`orders:user#${customer}`).data;
  if (named === undefined) return failure("badRequest", "customer or channel must be set");
  const showings = await receipts.showings(named, order);
  const versions = [...showings].map(([number, showing]) => ({ version: number, ...told(showing) }));
  const isShown = version === undefined ? versions.length > 0 : showings.has(version);
  const newer = isShown || version === undefined ? undefined : versions.find((one) => one.version > version);
  return { result: { shown: isShown, ...(newer && { newer }), versions } };
}

const told = ({ at, user, client, node }: Showing): object => ({ at: new Date(at).toISOString(), user, client, node });
