import type { Stage } from "./stage.ts";

/** The admin token of the tests. */
export const TOKEN = "a-token-of-the-tests";

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered.
  readonly body: any;
}

/** Calls a stage's admin API as its operator. */
export async function operate(
  stage: Pick<Stage, "adminPort">,
  call: string,
  body?: object,
  token: string | undefined = TOKEN,
): Promise<Answer> {
  const [method = "", path = ""] = call.split(" ");
  const answer = await fetch(`http://127.0.0.1:${stage.adminPort}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}
