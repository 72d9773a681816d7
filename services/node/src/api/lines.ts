import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Answer, failure } from "./answer.ts";
import type { Methods } from "./methods.ts";

const MAX_COMMANDS = 1_000;

export interface LinesOptions {
  readonly methods: Methods;
  readonly hasKey: (request: FastifyRequest) => boolean;
}

/**
 * `POST /api`: commands `{method, params}`, one a line, answered with a line each, in their order. Backend libraries from
 * before the methods had addresses of their own speak so, the official one for Go among them.
 */
export function serveLines(app: FastifyInstance, { methods, hasKey }: LinesOptions): void {
  void app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
    scope.addHook("onRequest", async (request, reply) => void (hasKey(request) || (await reply.code(401).send())));
    scope.post("/api", async (request, reply) => {
      const commands = commandsIn(String(request.body ?? ""));
      if (commands === undefined) return reply.code(400).send();
      const replies: string[] = [];
      for (const command of commands) replies.push(JSON.stringify(await answerTo(methods, command)));
      return reply.type("application/json").send(`${replies.join("\n")}\n`);
    });
    registered();
  });
}

/** Undefined where the body is not JSON line by line, or has too many lines or none. */
function commandsIn(body: string): readonly unknown[] | undefined {
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0 || lines.length > MAX_COMMANDS) return undefined;
  try {
    return lines.map((line): unknown => JSON.parse(line));
  } catch {
    // As with one command that is no JSON.
    return undefined;
  }
}

async function answerTo(methods: Methods, command: unknown): Promise<Answer<object>> {
  const { method, params } = (command ?? {}) as { readonly method?: unknown; readonly params?: unknown };
  const name = String(method);
  return (await methods.get(name)?.(params)) ?? failure("methodNotFound", name.slice(0, 64));
}
