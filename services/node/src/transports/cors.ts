import type { FastifyInstance } from "fastify";
import type { OriginCheck } from "./origins.ts";

/** How long a browser may remember a preflight's answer, s. */
const PREFLIGHT_SECONDS = 3_600;

/**
 * Lets pages of allowed origins read the answers of this scope's routes, and answers their preflights. Other pages get 403.
 * Credentials of a browser (cookies) are never asked for: who a client is, its token says.
 */
export function answerOrigin(scope: FastifyInstance, isAllowed: OriginCheck): void {
  scope.addHook("onRequest", async (request, reply) => {
    const { origin, host } = request.headers;
    if (!isAllowed(origin, host)) return reply.code(403).send("pages of this origin may not connect");
    reply.header("vary", "Origin");
    if (origin !== undefined) reply.header("access-control-allow-origin", origin);
    return undefined;
  });
  scope.addHook("onRoute", ({ url, method }) => {
    if (method === "OPTIONS") return;
    scope.options(url, { exposeHeadRoute: false }, (_request, reply) =>
      reply
        .code(204)
        .headers({
          "access-control-allow-methods": [method, "OPTIONS"].flat().join(", "),
          "access-control-allow-headers": "Content-Type",
          "access-control-max-age": PREFLIGHT_SECONDS,
        })
        .send(),
    );
  });
}
