/** The admin token of the tests. */
export const TOKEN = "the-operator-of-a-test";

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered.
  readonly body: any;
}

/** Calls the admin API on `adminPort` as its operator: `operate(port, "PUT /strategy", { strategy: "p2c" })`. */
export async function operate(adminPort: number, call: string, body?: object): Promise<Answer> {
  const [method = "", path = ""] = call.split(" ");
  const answer = await fetch(`http://127.0.0.1:${adminPort}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}
