import type { OrderStatusData } from "./order-status.ts";
import type { PromoData } from "./promo-published.ts";

/** An event that was understood: every field is checked, and `data.at` is there. */
export type ShopEvent =
  | {
      readonly type: "order.status";
      readonly id: string;
      readonly source: string;
      readonly data: OrderStatusData & { readonly at: string };
    }
  | {
      readonly type: "promo.published";
      readonly id: string;
      readonly source: string;
      readonly data: PromoData & { readonly at: string };
    };

/** The AMQP routing key of an event: events of one order share it, and so keep their order. */
export function routingKeyOf(event: ShopEvent): string {
  switch (event.type) {
    case "order.status":
      return `order.${event.data.orderId}`;
    case "promo.published":
      return `promo.${event.data.segment}`;
    default:
      return event satisfies never;
  }
}
