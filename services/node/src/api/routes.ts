import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { statusOf } from "./answer.ts";
import { BatchRequest, batch } from "./batch.ts";
import { createKeyCheck } from "./key.ts";
import { serveLines } from "./lines.ts";
import { createMethods, type Method, type MethodsWorld, methodOf } from "./methods.ts";
import { openApi } from "./openapi.ts";

export interface ApiWorld extends MethodsWorld {
  readonly apiKeys: readonly string[];
  readonly version: string;
}

/**
 * The HTTP server API in the shapes of the Centrifuge family: `POST /api/<method>` with `X-API-Key`. It is for servers:
 * no page of any origin is allowed to read its answers.
 */
export function serveApi(app: FastifyInstance, world: ApiWorld): void {
  // A body is JSON whatever it is called: what curl sends by itself is called a form.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, app.getDefaultJsonParser("error", "error"));
  const hasKey = createKeyCheck(world.apiKeys);
  const methods = createMethods(world);
  const document = openApi(world.version);
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) =>
    void (hasKey(request) || (await reply.code(401).send()));
  const answered = async (method: Method, given: unknown, [request, reply]: [FastifyRequest, FastifyReply]) => {
    const answer = await method(given);
    const byStatus = request.headers["x-centrifugo-error-mode"] === "transport";
    return reply.code(byStatus ? statusOf(answer) : 200).send(answer);
  };
  const route = (name: string, method: Method): void => {
    app.post(`/api/${name}`, { onRequest }, (request, reply) => answered(method, request.body, [request, reply]));
    // What only asks, and is asked by people too.
    if (name === "shown")
      app.get(`/api/${name}`, { onRequest }, (request, reply) => answered(method, request.query, [request, reply]));
  };
  for (const [name, method] of methods) route(name, method);
  route(
    "batch",
    // Its answer alone has no `result` around it.
    methodOf({ name: "batch", log: world.log }, BatchRequest, (request) => batch(methods, request) as never),
  );
  serveLines(app, { methods, hasKey });
  app.get("/api/openapi.json", () => document);
}
