import { ConfigError, type Env } from "./config.ts";

/** The credentials of `npm start` and docker-compose.yml: public knowledge, so never for production. */
export const DEV_TOKEN_SECRET = "bellwire-dev-secret";
export const DEV_API_KEY = "bellwire-dev-key";

/** Refuses the development credentials in production, unless BELLWIRE_ALLOW_DEV_CREDENTIALS=true says so by name. */
export function refuseDevCredentials(env: Env): void {
  if (env.NODE_ENV !== "production" || env.BELLWIRE_ALLOW_DEV_CREDENTIALS === "true") return;
  for (const [name, known] of [
    ["BELLWIRE_TOKEN_SECRET", DEV_TOKEN_SECRET],
    ["BELLWIRE_API_KEY", DEV_API_KEY],
  ] as const) {
    if (env[name] === known)
      throw new ConfigError(
        `bad configuration: ${name} is the public development value; set your own, or BELLWIRE_ALLOW_DEV_CREDENTIALS=true`,
      );
  }
}
