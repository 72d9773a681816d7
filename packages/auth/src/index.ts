export { createTokenSigner } from "./sign.ts";
export {
  type ConnectionClaims,
  createTokenVerifier,
  MAX_TOKEN_LENGTH,
  type TokenVerdict,
  type TokenVerifier,
} from "./verify.ts";
