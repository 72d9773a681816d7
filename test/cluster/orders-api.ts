import type { Cluster } from "./cluster.ts";

/** What the producer answered; status 0 where it did not. */
export interface Answered {
  readonly status: number;
  readonly retryAfter: number | undefined;
}

const NO_ANSWER: Answered = { status: 0, retryAfter: undefined };

/** Places an order, or takes its next step; repeating it with the same `key` is harmless. */
export async function step(
  cluster: Pick<Cluster, "producerUrl">,
  { customerId, orderId, status, key }: { customerId: string; orderId: string; status: string; key: string },
): Promise<Answered> {
  const [path, body] =
    status === "placed" ? ["/orders", { customerId, orderId }] : [`/orders/${orderId}/status`, { status }];
  try {
    const answer = await fetch(`${cluster.producerUrl}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    await answer.arrayBuffer();
    const retryAfter = answer.headers.get("retry-after");
    return { status: answer.status, retryAfter: retryAfter === null ? undefined : Number(retryAfter) };
  } catch {
    return NO_ANSWER;
  }
}

/** A figure of the producer's `/metrics`. */
export async function metricOf(cluster: Cluster, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${cluster.producerUrl}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
}
