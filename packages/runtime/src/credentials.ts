import { ConfigError, type Env } from "./config.ts";

/** The credentials of `npm start` and docker-compose.yml: public knowledge, so never for production. */
export const DEV_TOKEN_SECRET = "bellwire-dev-secret";
export const DEV_API_KEY = "bellwire-dev-key";

/** Whether what is meant for development may be used: not in production, unless BELLWIRE_ALLOW_DEV_CREDENTIALS=true says so by name. */
export const isDevelopment = (env: Env): boolean =>
  env.NODE_ENV !== "production" || env.BELLWIRE_ALLOW_DEV_CREDENTIALS === "true";

/** Refuses the development credentials in production, in the environment and among those that a file adds. */
export function refuseDevCredentials(
  env: Env,
  more: { readonly tokenSecrets?: readonly string[]; readonly apiKeys?: readonly string[] } = {},
): void {
  if (isDevelopment(env)) return;
  for (const [name, known, added] of [
    ["BELLWIRE_TOKEN_SECRET", DEV_TOKEN_SECRET, more.tokenSecrets],
    ["BELLWIRE_API_KEY", DEV_API_KEY, more.apiKeys],
  ] as const) {
    if (env[name] === known || added?.includes(known))
      throw new ConfigError(
        `bad configuration: ${name} is the public development value; set your own, or BELLWIRE_ALLOW_DEV_CREDENTIALS=true`,
      );
  }
}
