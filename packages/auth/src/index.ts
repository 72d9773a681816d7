export { createTokenSigner } from "./sign.ts";
export {
  createTicketSigner,
  createTicketVerifier,
  type TicketSigner,
  type TicketVerdict,
  type TicketVerifier,
} from "./ticket.ts";
export {
  type ConnectionClaims,
  createTokenVerifier,
  MAX_TOKEN_LENGTH,
  type TokenVerdict,
  type TokenVerifier,
} from "./verify.ts";
