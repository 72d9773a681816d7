import type { ConnectionClaims, TokenVerifier } from "@bellwire/auth";
import type { Admitted, Caller, Gate, Leave, Refusal } from "@bellwire/hub";
import type { ChannelName } from "@bellwire/protocol";

export interface TokenGateOptions {
  readonly verifier: TokenVerifier;
  /** Whether a client without a token is admitted, as a user without a name. */
  readonly allowAnonymous: boolean;
}

const unavailable: Refusal = { ok: false, error: "internal" };
const denied: Refusal = { ok: false, error: "permissionDenied" };

/** Decides by tokens alone. */
export function createTokenGate({ verifier, allowAnonymous }: TokenGateOptions): Gate {
  return {
    async connect(_caller, { token = "" }) {
      if (token === "")
        return allowAnonymous ? { ok: true, identity: { user: "" } } : { ok: false, close: "badRequest" };
      const verdict = await verifier.connection(token);
      if (verdict.ok) return admitted(verdict.claims);
      switch (verdict.cause) {
        case "expired":
          return { ok: false, error: "tokenExpired" };
        case "unavailable":
          return unavailable;
        case "invalid":
          return { ok: false, close: "invalidToken" };
        default:
          return verdict.cause satisfies never;
      }
    },
    async refresh(_caller, token) {
      const verdict = await verifier.connection(token);
      if (verdict.ok) return admitted(verdict.claims);
      if (verdict.cause === "unavailable") return unavailable;
      return { ok: false, close: verdict.cause === "expired" ? "expired" : "invalidToken" };
    },
    async subscribe(caller, { channel, token = "" }, by) {
      if (by === "backend") return denied;
      const leave = await leaveBy(token, { verifier, caller, channel });
      return leave === "invalid" ? denied : leave;
    },
    async subRefresh(caller, { channel, token }) {
      const leave = await leaveBy(token, { verifier, caller, channel });
      return leave === "invalid" ? { ok: false, close: "invalidToken" } : leave;
    },
    publish: async () => denied,
  };
}

function admitted({ user, info, meta, expiresAt, subscriptions }: ConnectionClaims): Admitted {
  return {
    ok: true,
    identity: { user, ...(info !== undefined && { info }), ...(meta !== undefined && { meta }) },
    ...(expiresAt !== undefined && { expiresAt }),
    ...(subscriptions !== undefined && { subscriptions }),
  };
}

/** A good token of another user, channel or client was not come by honestly: it ends the connection. */
async function leaveBy(
  token: string,
  asked: { readonly verifier: TokenVerifier; readonly caller: Caller; readonly channel: ChannelName },
): Promise<Leave | "invalid"> {
  const { verifier, caller, channel } = asked;
  const verdict = await verifier.subscription(token);
  if (!verdict.ok) {
    if (verdict.cause === "invalid") return "invalid";
    return verdict.cause === "expired" ? { ok: false, error: "tokenExpired" } : unavailable;
  }
  const { claims } = verdict;
  const isTheirs =
    claims.user === (caller.identity?.user ?? "") &&
    claims.channel === channel &&
    (claims.client === undefined || claims.client === caller.client);
  return isTheirs ? { ok: true, grant: claims.grant } : { ok: false, close: "invalidToken" };
}
