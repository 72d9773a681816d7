import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

/** The variable that the token comes from, named in refusals. */
const VARIABLE = "BELLWIRE_BALANCER_ADMIN_TOKEN";

/** A hook that lets only those pass who bring the token; without a token nobody passes. Compared in constant time. */
export function createTokenCheck(
  token: string | undefined,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  const expected = token === undefined ? undefined : digest(token);
  return async ({ headers }, reply) => {
    if (expected === undefined)
      return reply.code(403).send({ error: `nothing can be changed until ${VARIABLE} is set` });
    const [scheme, given] = (headers.authorization ?? "").split(" ");
    if (scheme?.toLowerCase() === "bearer" && given !== undefined && timingSafeEqual(digest(given), expected))
      return undefined;
    return reply
      .code(401)
      .header("www-authenticate", "Bearer")
      .send({ error: "Authorization: Bearer <token> is missing or wrong" });
  };
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
