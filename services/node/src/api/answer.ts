import { type ErrorName, errors } from "@bellwire/protocol";

/** What an API method answers: a result, or an error of the protocol's table; both travel with status 200. */
export type Answer<Result> =
  | { readonly result: Result }
  | { readonly error: { readonly code: number; readonly message: string } };

/** An error answer; `detail` says in plain words what was wrong. */
export function failure(
  name: ErrorName,
  detail?: string,
): { readonly error: { readonly code: number; readonly message: string } } {
  const { code, message } = errors[name];
  return { error: { code, message: detail === undefined ? message : `${message}: ${detail}` } };
}
