import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Log, RunningService } from "@bellwire/runtime";
import fastifyStatic from "@fastify/static";
import fastify from "fastify";
import type { StorefrontConfig } from "./config.ts";
import { builtPage } from "./page-build.ts";
import { addRoutes } from "./routes.ts";
import { secure } from "./security.ts";

/**
 * Serves the built page and the JSON it lives on; resolves when it listens, `port` being the real one.
 * Rejects if the page was never built (see `buildPage`) or the port is taken. Disposing lets running requests finish.
 */
export async function startStorefront(
  config: StorefrontConfig,
  { log }: { readonly log: Log },
): Promise<RunningService & { readonly port: number }> {
  await access(join(builtPage, "index.html")).catch((cause: unknown) => {
    throw new Error("the page is not built: call buildPage() first", { cause });
  });
  const app = fastify({
    requestTimeout: 10_000,
    connectionTimeout: 30_000,
    keepAliveTimeout: 5_000,
    bodyLimit: 1_024,
    routerOptions: { maxParamLength: 512 },
    forceCloseConnections: true,
  });
  app.addHook("onRequest", secure(config.push));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, url: request.url }, "request failed");
    return reply.code(status).send({ error: status >= 500 ? "internal error" : error.message });
  });
  addRoutes(app, config, log);
  await app.register(fastifyStatic, {
    root: builtPage,
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header("cache-control", isHashed(path) ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  await app.listen({ host: config.host, port: config.port });
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : config.port;
  log.info({ port }, "storefront serves");
  return { port, [Symbol.asyncDispose]: () => app.close() };
}

/** The bundler puts a content hash into every name under assets. */
const isHashed = (path: string): boolean => path.startsWith(join(builtPage, "assets"));
