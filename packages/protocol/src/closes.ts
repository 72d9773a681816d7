/** How a connection ends. 3000–3499 and 4000–4499: the client comes back; 3500–3999 and 4500–4999: it does not. */
export interface Close {
  readonly code: number;
  /** Plain words, never empty and never JSON: an SDK would take JSON for instructions, and ignore the code without a reason. */
  readonly reason: string;
}

/** Every way in which a server ends a connection: the truth for server, metrics and README.md. */
export const closes = {
  connectionClosed: { code: 3000, reason: "connection closed" },
  shutdown: { code: 3001, reason: "shutdown" },
  internal: { code: 3004, reason: "internal server error" },
  expired: { code: 3005, reason: "connection expired" },
  subscriptionExpired: { code: 3006, reason: "subscription expired" },
  slow: { code: 3008, reason: "slow" },
  writeError: { code: 3009, reason: "write error" },
  insufficientState: { code: 3010, reason: "insufficient state" },
  forceReconnect: { code: 3011, reason: "force reconnect" },
  noPong: { code: 3012, reason: "no pong" },
  tooManyRequests: { code: 3013, reason: "too many requests" },
  stateInvalidated: { code: 3014, reason: "state invalidated" },
  invalidToken: { code: 3500, reason: "invalid token" },
  badRequest: { code: 3501, reason: "bad request" },
  stale: { code: 3502, reason: "stale" },
  forceDisconnect: { code: 3503, reason: "force disconnect" },
  connectionLimit: { code: 3504, reason: "connection limit" },
  channelLimit: { code: 3505, reason: "channel limit" },
  inappropriateProtocol: { code: 3506, reason: "inappropriate protocol" },
  permissionDenied: { code: 3507, reason: "permission denied" },
  notAvailable: { code: 3508, reason: "not available" },
  tooManyErrors: { code: 3509, reason: "too many errors" },
} as const satisfies Record<string, Close>;

export type CloseName = keyof typeof closes;

/** How the server ends one subscription; from 2500 on the client subscribes again at once, with recovery. */
export const unsubscribes = {
  server: { code: 2000, reason: "server unsubscribe" },
  insufficientState: { code: 2500, reason: "insufficient state" },
  subscriptionExpired: { code: 2501, reason: "subscription expired" },
  stateInvalidated: { code: 2502, reason: "state invalidated" },
} as const satisfies Record<string, Close>;

export type UnsubscribeName = keyof typeof unsubscribes;

/** The longest close reason that fits a WebSocket close frame, in bytes (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123;

/** Whether a close that an operator asked for is one that clients understand: 3000–4999 with plain words. */
export function isUsableClose({ code, reason }: Close): boolean {
  const plain = /^[A-Za-z][\x20-\x7e]*$/.test(reason) && !["true", "false", "null"].includes(reason);
  return Number.isInteger(code) && code >= 3000 && code <= 4999 && plain && reason.length <= MAX_REASON_BYTES;
}
