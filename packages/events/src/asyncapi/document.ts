import { z } from "zod";
import { Envelope } from "../envelope.ts";
import { OrderStatusData } from "../order-status.ts";
import { PromoData } from "../promo-published.ts";

/** The AsyncAPI 3.0 document of what shops publish, as JSON text. It is made of the schemas and nothing else. */
export function asyncApiText(version: string): string {
  return `${JSON.stringify(document(version), undefined, 2)}\n`;
}

function document(version: string) {
  return {
    asyncapi: "3.0.0",
    info: {
      title: "bellwire shop events",
      version,
      description: "CloudEvents 1.0 that a shop publishes on the topic exchange bellwire.events.",
    },
    defaultContentType: "application/cloudevents+json",
    channels: {
      orderStatus: channel("order.{orderId}", "orderId", "orderStatus"),
      promoPublished: channel("promo.{segment}", "segment", "promoPublished"),
    },
    operations: {
      publishOrderStatus: operation("orderStatus"),
      publishPromo: operation("promoPublished"),
    },
    components: {
      messages: {
        orderStatus: message("order.status", OrderStatusData),
        promoPublished: message("promo.published", PromoData),
      },
    },
  };
}

function channel(address: string, parameter: string, name: string) {
  return {
    address,
    parameters: { [parameter]: { description: `The event's data.${parameter}` } },
    messages: { [name]: { $ref: `#/components/messages/${name}` } },
    bindings: {
      amqp: {
        is: "routingKey",
        exchange: { name: "bellwire.events", type: "topic", durable: true, autoDelete: false },
      },
    },
  };
}

function operation(name: string) {
  return {
    action: "send",
    channel: { $ref: `#/channels/${name}` },
    messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
  };
}

function message(type: string, data: z.ZodObject) {
  const whole = Envelope.extend({ type: z.literal(type), data });
  const { $schema: _, ...payload } = z.toJSONSchema(whole, { io: "input" });
  return { name: type, title: type, contentType: "application/cloudevents+json", payload };
}
