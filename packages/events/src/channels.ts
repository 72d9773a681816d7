import { ChannelName } from "@bellwire/protocol";
import type { ShopEvent } from "./event.ts";

/** What one channel gets of an event: `data` is compacted JSON text; `version` guards one subject against running backward. */
export interface ChannelMessage {
  readonly channel: ChannelName;
  readonly data: string;
  readonly version?: { readonly subject: string; readonly number: number };
}

/** The channels that an event reaches, and what each of them is told. */
export function channelsOf(event: ShopEvent): readonly ChannelMessage[] {
  switch (event.type) {
    case "order.status": {
      const { orderId, customerId, version } = event.data;
      const channel = ChannelName.parse(`orders:user#${customerId}`);
      return [{ channel, data: textOf(event), version: { subject: orderId, number: version } }];
    }
    case "promo.published": {
      const { segment } = event.data;
      return [
        { channel: ChannelName.parse(segment === "all" ? "promo:all" : `promo:seg-${segment}`), data: textOf(event) },
      ];
    }
    default:
      return event satisfies never;
  }
}

/** `type` and `id` are always the event's own, whatever the data says. */
function textOf({ type, id, data }: ShopEvent): string {
  return JSON.stringify(Object.assign({ type, id }, data, { type, id }));
}
