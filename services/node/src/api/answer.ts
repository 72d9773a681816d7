import { type ErrorName, errors } from "@bellwire/protocol";

/** An error of the protocol's table, as the API answers it. */
export interface Failure {
  readonly error: { readonly code: number; readonly message: string };
}

/** What an API method answers: a result, or an error; both travel with status 200 unless the caller asked otherwise. */
export type Answer<Result> = { readonly result: Result } | Failure;

/** An error answer; `detail` says in plain words what was wrong. */
export function failure(name: ErrorName, detail?: string): Failure {
  const { code, message } = errors[name];
  return { error: { code, message: detail === undefined ? message : `${message}: ${detail}` } };
}

const statuses: Readonly<Record<number, number>> = {
  [errors.internal.code]: 500,
  [errors.unauthorized.code]: 401,
  [errors.unknownChannel.code]: 404,
  [errors.permissionDenied.code]: 403,
  [errors.methodNotFound.code]: 404,
  [errors.tooManyRequests.code]: 429,
  [errors.unrecoverablePosition.code]: 416,
  [errors.concurrentPagination.code]: 409,
};

/** The HTTP status of an answer for callers that want errors told by it (`X-Centrifugo-Error-Mode: transport`). */
export const statusOf = (answer: object): number =>
  "error" in answer ? (statuses[(answer as Failure).error.code] ?? 400) : 200;
