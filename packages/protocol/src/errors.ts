/** An answer to one command that could not be done. `temporary`: the client tries again by itself, with backoff. */
export interface ProtocolError {
  readonly code: number;
  readonly message: string;
  readonly temporary?: true;
}

/** The errors of the Centrifuge client protocol v2; README.md says when each is sent. */
export const errors = {
  internal: { code: 100, message: "internal server error", temporary: true },
  unauthorized: { code: 101, message: "unauthorized" },
  unknownChannel: { code: 102, message: "unknown channel" },
  permissionDenied: { code: 103, message: "permission denied" },
  methodNotFound: { code: 104, message: "method not found" },
  alreadySubscribed: { code: 105, message: "already subscribed" },
  limitExceeded: { code: 106, message: "limit exceeded" },
  badRequest: { code: 107, message: "bad request" },
  notAvailable: { code: 108, message: "not available" },
  tokenExpired: { code: 109, message: "token expired" },
  expired: { code: 110, message: "expired" },
  tooManyRequests: { code: 111, message: "too many requests", temporary: true },
  unrecoverablePosition: { code: 112, message: "unrecoverable position" },
  concurrentPagination: { code: 113, message: "concurrent pagination", temporary: true },
} as const satisfies Record<string, ProtocolError>;

export type ErrorName = keyof typeof errors;

/** The longest message of an application's error, characters. */
const MAX_MESSAGE_LENGTH = 255;

/** Whether an error that the shop's backend answers with is one of its own: codes 400 to 1999, with a short message. */
export function isApplicationError({ code, message }: ProtocolError): boolean {
  return Number.isInteger(code) && code >= 400 && code <= 1_999 && message.length <= MAX_MESSAGE_LENGTH;
}
