import type { TokenVerifier } from "@bellwire/auth";
import type { Admission } from "@bellwire/hub";

/** Who a connection token says the client is. Without a token nobody is admitted. */
export function admitByToken(verifier: TokenVerifier): (token: string | undefined) => Promise<Admission> {
  return async (token) => {
    if (token === undefined || token === "") return { ok: false, close: "badRequest" };
    const verdict = await verifier.connection(token);
    if (!verdict.ok)
      return verdict.cause === "expired" ? { ok: false, error: "tokenExpired" } : { ok: false, close: "invalidToken" };
    const { user, info, expiresAt } = verdict.claims;
    return {
      ok: true,
      identity: { user, ...(info === undefined ? {} : { info }) },
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  };
}
