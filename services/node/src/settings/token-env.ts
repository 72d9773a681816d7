import { KeyError, publicKey } from "@bellwire/auth";
import { ConfigError, type Env, isDevelopment } from "@bellwire/runtime";
import { hasKeys, KeySet, type TokenSettings } from "./tokens.ts";

/** The variables that say with what tokens are verified, as they were read. */
interface TokenEnv {
  readonly BELLWIRE_TOKEN_SECRET?: string | undefined;
  readonly BELLWIRE_TOKEN_PUBLIC_KEY?: string | undefined;
  readonly BELLWIRE_TOKEN_JWKS_URL?: string | undefined;
  readonly BELLWIRE_TOKEN_AUDIENCES: readonly string[];
  readonly BELLWIRE_TOKEN_ISSUERS: readonly string[];
  readonly BELLWIRE_ALLOW_ANONYMOUS: boolean;
  readonly BELLWIRE_INSECURE: boolean;
}

/** What the file says with what the environment says: keys and names are added, the key set's URL is the environment's. Throws ConfigError. */
export function tokensWithEnv(file: TokenSettings, env: TokenEnv): TokenSettings {
  const { BELLWIRE_TOKEN_SECRET: secret, BELLWIRE_TOKEN_PUBLIC_KEY: pem, BELLWIRE_TOKEN_JWKS_URL: url } = env;
  if (pem !== undefined) check("BELLWIRE_TOKEN_PUBLIC_KEY", () => publicKey(pem));
  const tokens: TokenSettings = {
    ...file,
    secrets: [...(secret === undefined ? [] : [{ secret }]), ...file.secrets],
    publicKeys: [...(pem === undefined ? [] : [{ pem }]), ...file.publicKeys],
    jwks: keySet(file.jwks, url),
    audiences: added(file.audiences, env.BELLWIRE_TOKEN_AUDIENCES),
    issuers: added(file.issuers, env.BELLWIRE_TOKEN_ISSUERS),
    allowAnonymous: file.allowAnonymous || env.BELLWIRE_ALLOW_ANONYMOUS,
    insecure: file.insecure || env.BELLWIRE_INSECURE,
  };
  if (!hasKeys(tokens) && !tokens.allowAnonymous && !tokens.insecure)
    throw bad("BELLWIRE_TOKEN_SECRET", "must be set, or another key of the connection tokens (not set)");
  return tokens;
}

/** Insecure mode in production would open every order to everybody. */
export function refuseInsecure(env: Env, { insecure }: TokenSettings): void {
  if (insecure && !isDevelopment(env))
    throw bad("BELLWIRE_INSECURE", "is for development; unset it, or set BELLWIRE_ALLOW_DEV_CREDENTIALS=true");
}

function keySet(file: TokenSettings["jwks"], url: string | undefined): TokenSettings["jwks"] {
  if (url === undefined) return file;
  const read = KeySet.safeParse({ ...file, url });
  if (!read.success) throw bad("BELLWIRE_TOKEN_JWKS_URL", "must be an http or https URL (its value is not shown)");
  return read.data;
}

const added = (file: string[] | undefined, env: readonly string[]): string[] | undefined =>
  file === undefined && env.length === 0 ? undefined : [...(file ?? []), ...env];

function check(name: string, make: () => unknown): void {
  try {
    make();
  } catch (error) {
    if (error instanceof KeyError) throw bad(name, error.message);
    throw error;
  }
}

const bad = (name: string, why: string): ConfigError => new ConfigError(`bad configuration: ${name}: ${why}`);
