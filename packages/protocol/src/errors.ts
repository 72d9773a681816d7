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
  tooManyRequests: { code: 111, message: "too many requests", temporary: true },
  unrecoverablePosition: { code: 112, message: "unrecoverable position" },
} as const satisfies Record<string, ProtocolError>;

export type ErrorName = keyof typeof errors;
