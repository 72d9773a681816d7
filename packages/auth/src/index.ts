export {
  type Algorithm,
  algorithms,
  KeyError,
  type KeyHints,
  publicKey,
  secretKey,
  type VerifyingKey,
} from "./keys.ts";
export { createRemoteKeys, type RemoteKeys, type RemoteKeysLimits, remoteKeysLimits } from "./remote-keys.ts";
export { createTokenSigner } from "./sign.ts";
export {
  createTicketSigner,
  createTicketVerifier,
  type TicketSigner,
  type TicketVerdict,
  type TicketVerifier,
} from "./ticket.ts";
export type { ConnectionClaims, SubscriptionClaims, TokenVerifier, Verdict } from "./verdict.ts";
export { createTokenVerifier, MAX_TOKEN_LENGTH, type TokenVerifierOptions } from "./verify.ts";
