/** The Redis keys of the shop. They share one hash tag, so that a script over several of them touches one slot. */
export function shopKeys(prefix: string) {
  const base = `${prefix}:shop:{shop}:`;
  return {
    base,
    customers: `${base}customers`,
    people: `${base}people`,
    outbox: `${base}outbox`,
    counter: `${base}counter`,
    lease: `${base}relay`,
    order: (orderId: string) => `${base}order:${orderId}`,
    ordersOf: (customerId: string) => `${base}orders:${customerId}`,
    promo: (id: string) => `${base}promo:${id}`,
    replay: (replayId: string) => `${base}replay:${replayId}`,
  } as const;
}
export type ShopKeys = ReturnType<typeof shopKeys>;
