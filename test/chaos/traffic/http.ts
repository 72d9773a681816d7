const TIMEOUT_MS = 6_000;

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Posts JSON; rejects where no answer came in time, which leaves open whether the request was carried out. */
export async function post(url: string, body: object, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith("{") ? JSON.parse(text) : undefined };
}
