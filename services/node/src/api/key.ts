import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";

/** Whether a request carries one of the API keys: `X-API-Key`, `Authorization: apikey …`, or `?api_key=`. Compared in constant time. */
export function createKeyCheck(apiKeys: readonly string[]): (request: FastifyRequest) => boolean {
  const expected = apiKeys.map(digest);
  return (request) => {
    const given = keyOf(request);
    if (given === undefined) return false;
    const digested = digest(given);
    // All are compared, whichever fits.
    return expected.map((one) => timingSafeEqual(digested, one)).includes(true);
  };
}

const digest = (text: string) => createHash("sha256").update(text).digest();

function keyOf({ headers, query }: FastifyRequest): string | undefined {
  const header = headers["x-api-key"];
  if (typeof header === "string") return header;
  const [scheme, value] = (headers.authorization ?? "").split(" ");
  if (scheme?.toLowerCase() === "apikey") return value;
  const parameter = (query as Readonly<Record<string, unknown>>).api_key;
  return typeof parameter === "string" ? parameter : undefined;
}
