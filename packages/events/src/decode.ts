import { z } from "zod";
import { contentOf, type RawShopEvent } from "./content.ts";
import { Envelope } from "./envelope.ts";
import { routingKeyOf, type ShopEvent } from "./event.ts";
import { OrderStatusData } from "./order-status.ts";
import { PromoData } from "./promo-published.ts";
import { bounded, reasonOf, shown } from "./reason.ts";

/** An event, or in at most 500 characters what was wrong, where, and what would be right. */
export type Decoded =
  | { readonly ok: true; readonly event: ShopEvent }
  | { readonly ok: false; readonly reason: string };

// Compiled once: every event of the shop passes here.
const envelopes = z.compile(Envelope);
const orderStatuses = z.compile(OrderStatusData);
const promos = z.compile(PromoData);

/** Understands what a shop has put on the broker, in either CloudEvents content mode. Never throws. */
export function decodeEvent(raw: RawShopEvent): Decoded {
  const content = contentOf(raw);
  if (!content.ok) return refuse(content.reason);
  const envelope = envelopes.safeParse(content.envelope);
  if (!envelope.success) return refuse(reasonOf("event", envelope.error, content.envelope));
  const decoded = eventOf(envelope.data, content.data);
  if (!decoded.ok) return decoded;
  const expected = routingKeyOf(decoded.event);
  if (raw.routingKey === expected) return decoded;
  return refuse(`the routing key of this event must be ${shown(expected)}, not ${shown(raw.routingKey)}`);
}

function eventOf(envelope: Envelope, data: unknown): Decoded {
  switch (envelope.type) {
    case "order.status":
      return timed(envelope, orderStatuses, data, (checked) => ({
        ...named(envelope),
        type: "order.status",
        data: checked,
      }));
    case "promo.published":
      return timed(envelope, promos, data, (checked) => ({
        ...named(envelope),
        type: "promo.published",
        data: checked,
      }));
    default:
      return refuse(`event.type must be order.status or promo.published, not ${shown(envelope.type)}`);
  }
}

function timed<Data extends { at?: string | undefined }>(
  envelope: Envelope,
  schema: z.ZodType<Data>,
  data: unknown,
  build: (data: Data & { readonly at: string }) => ShopEvent,
): Decoded {
  const parsed = schema.safeParse(data);
  if (!parsed.success) return refuse(reasonOf("data", parsed.error, data));
  const at = parsed.data.at ?? envelope.time;
  if (at === undefined) return refuse("the event tells no time: give data.at or the envelope's time");
  return { ok: true, event: build({ ...parsed.data, at }) };
}

function named(envelope: Envelope): { readonly id: string; readonly source: string } {
  return { id: envelope.id, source: envelope.source };
}

function refuse(reason: string): Decoded {
  return { ok: false, reason: bounded(reason) };
}
