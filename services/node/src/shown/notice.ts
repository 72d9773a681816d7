import type { DueReceipt, Showing } from "@bellwire/hub";
import { usersOf } from "@bellwire/protocol";

/** What the shop is told, as a CloudEvent: the same of one version has the same id, however often it is told. */
export interface Notice {
  readonly routingKey: string;
  readonly body: string;
}

/** A version was shown. */
export function shownNotice(receipt: DueReceipt, showing: Showing): Notice {
  const { at, user, client, node } = showing;
  return noticeOf("order.shown", receipt, { at, more: { shownAt: new Date(at).toISOString(), user, client, node } });
}

/** Nobody showed a version in time. */
export const unseenNotice = (receipt: DueReceipt, now: number): Notice =>
  noticeOf("order.unseen", receipt, { at: now, more: {} });

function noticeOf(
  type: "order.shown" | "order.unseen",
  { channel, subject, version }: DueReceipt,
  { at, more }: { readonly at: number; readonly more: object },
): Notice {
  const customers = usersOf(channel) ?? [];
  const event = {
    specversion: "1.0",
    id: `${channel}/${subject}.${version}.${type}`,
    source: "bellwire",
    type,
    time: new Date(at).toISOString(),
    subject,
    datacontenttype: "application/json",
    data: { orderId: subject, version, channel, ...(customers.length === 1 && { customerId: customers[0] }), ...more },
  };
  return { routingKey: `${type}.${subject}`, body: JSON.stringify(event) };
}
