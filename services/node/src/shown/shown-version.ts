import { type Namespaces, type RpcCaller, rulesOf, type Streams, type SubjectVersion } from "@bellwire/hub";
import { ChannelName, type ErrorName, namespaceOf, type Publication } from "@bellwire/protocol";
import { z } from "zod";

/** Publications that are looked through for an order's version that is named without its offset. */
const MAX_LOOKED_THROUGH = 300;

const text = z.string().min(1).max(128);
const version = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** What a client says it has shown: the publication at an offset, or a version of one of its orders. */
export const ShownRequest = z.union([
  z.object({ channel: ChannelName, offset: version }),
  z.object({ orderId: text, version }),
]);

const Order = z.object({ orderId: text, version });

/** What publications of orders hold; undefined for others. */
export function orderOf({ data }: Pick<Publication, "data">): z.infer<typeof Order> | undefined {
  // Written by this cluster as JSON.
  const parsed = Order.safeParse(JSON.parse(data));
  return parsed.success ? parsed.data : undefined;
}

export interface ShownWorld {
  readonly streams: Streams;
  readonly namespaces: Namespaces;
  /** The namespaces where clients may say what they have shown. */
  readonly allowed: ReadonlySet<string>;
}

type Request = z.infer<typeof ShownRequest>;

/** The version that a client says it has shown, if it has been delivered to it; else why not. */
export async function shownVersion(
  world: ShownWorld,
  caller: RpcCaller,
  request: Request,
): Promise<SubjectVersion | ErrorName> {
  const place = placeOf(world, caller, request);
  if (typeof place === "string") return place;
  const { channel, delivered, size } = place;
  if ("offset" in request && request.offset > delivered) return "badRequest";
  const range =
    "offset" in request
      ? { since: request.offset - 1, limit: 1 }
      : { since: delivered + 1, limit: Math.min(size, MAX_LOOKED_THROUGH), reverse: true };
  const { publications } = await world.streams.read(channel, range);
  for (const publication of publications) {
    const order = orderOf(publication);
    if (order !== undefined && isMeant(request, publication.offset, order))
      return { channel, subject: order.orderId, version: order.version };
  }
  return "unrecoverablePosition";
}

function isMeant(request: Request, offset: number, order: z.infer<typeof Order>): boolean {
  if ("offset" in request) return request.offset === offset;
  return request.orderId === order.orderId && request.version === order.version;
}

/** The channel that is meant and how far it has been delivered; or why the client may not say anything of it. */
function placeOf(
  { namespaces, allowed }: ShownWorld,
  caller: RpcCaller,
  request: Request,
): { readonly channel: ChannelName; readonly delivered: number; readonly size: number } | ErrorName {
  const channel = channelOf(caller, request);
  if (channel === undefined) return "badRequest";
  const { size = 0 } = rulesOf(namespaces, channel)?.history ?? {};
  if (size === 0 || !allowed.has(namespaceOf(channel))) return "notAvailable";
  const subscription = caller.subscriptions.get(channel);
  if (subscription?.live !== true) return "permissionDenied";
  return { channel, delivered: subscription.offset, size };
}

function channelOf(caller: RpcCaller, request: Request): ChannelName | undefined {
  if ("channel" in request) return request.channel;
  return ChannelName.safeParse(`orders:user#${caller.identity?.user ?? ""}`).data;
}
