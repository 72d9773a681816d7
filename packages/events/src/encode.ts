import { routingKeyOf, type ShopEvent } from "./event.ts";
import type { OrderStatusData } from "./order-status.ts";
import type { PromoData } from "./promo-published.ts";

/** An event ready for `bellwire.events`, in structured mode. */
export interface EncodedEvent {
  readonly routingKey: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The media type of what `encode…` makes. */
export const STRUCTURED_CONTENT_TYPE = "application/cloudevents+json";

interface Named {
  readonly id: string;
  readonly source: string;
}

/** An `order.status` event for publishing. `id` decides which events are the same: derive it from the order and the version. */
export function encodeOrderStatus(
  event: Named & { readonly data: OrderStatusData & { readonly at: string } },
): EncodedEvent {
  return encode({ type: "order.status", ...event });
}

/** A `promo.published` event for publishing. */
export function encodePromo(event: Named & { readonly data: PromoData & { readonly at: string } }): EncodedEvent {
  return encode({ type: "promo.published", ...event });
}

function encode(event: ShopEvent): EncodedEvent {
  const { id, source, type, data } = event;
  return {
    routingKey: routingKeyOf(event),
    body: JSON.stringify({
      specversion: "1.0",
      id,
      source,
      type,
      time: data.at,
      datacontenttype: "application/json",
      data,
    }),
    headers: {},
  };
}
