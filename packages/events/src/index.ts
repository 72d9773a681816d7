export { type ChannelMessage, channelsOf } from "./channels.ts";
export type { RawShopEvent } from "./content.ts";
export { type Decoded, decodeEvent } from "./decode.ts";
export { type EncodedEvent, encodeOrderStatus, encodePromo, STRUCTURED_CONTENT_TYPE } from "./encode.ts";
export { Envelope, MAX_EVENT_BYTES } from "./envelope.ts";
export { routingKeyOf, type ShopEvent } from "./event.ts";
export { SafeId, Time } from "./ids.ts";
export { ORDER_STATUSES, OrderStatus, OrderStatusData } from "./order-status.ts";
export { PromoData } from "./promo-published.ts";
