import type { OutgoingHttpHeaders } from "node:http";
import type { Hub } from "@bellwire/hub";
import type { Codec } from "@bellwire/protocol";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { answerOrigin } from "./cors.ts";
import type { Door } from "./door.ts";
import type { EmulatedSessions } from "./emulated-sessions.ts";
import type { TransportLimits } from "./limits.ts";
import type { OriginCheck } from "./origins.ts";
import { wireOfResponse } from "./response-wire.ts";
import { jsonEvents, jsonLines } from "./stream-codec.ts";

export interface StreamsOptions {
  readonly hub: Hub;
  readonly door: Door;
  readonly isAllowed: OriginCheck;
  readonly sessions: EmulatedSessions;
  readonly limits: TransportLimits;
  readonly refused: (status: number) => void;
}

interface Kind {
  readonly transport: "http_stream" | "sse";
  readonly methods: readonly ("GET" | "POST")[];
  readonly codec: Codec;
  readonly type: string;
  /** Bytes that are sent at once. */
  readonly opening: string;
}

const kinds: readonly Kind[] = [
  { transport: "http_stream", methods: ["POST"], codec: jsonLines, type: "application/json", opening: "" },
  { transport: "sse", methods: ["GET", "POST"], codec: jsonEvents, type: "text/event-stream", opening: "\r\n" },
];

/** Nobody on the way may keep, change or hold back what passes. */
const HEADERS = { "cache-control": "no-store, no-transform", "x-accel-buffering": "no" } as const;

/**
 * `/connection/http_stream` and `/connection/sse`: the answer is the stream of replies and pushes; what the client says
 * first comes with the request (the body, or `cf_connect` in the query), and later by POST to `/emulation`.
 */
export function serveStreams(app: FastifyInstance, options: StreamsOptions): void {
  void app.register((scope, _options, registered) => {
    answerOrigin(scope, options.isAllowed);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      "*",
      { parseAs: "buffer", bodyLimit: options.limits.frameBytes },
      (_request, body, done) => done(null, body),
    );
    for (const kind of kinds)
      scope.route({
        url: `/connection/${kind.transport}`,
        method: [...kind.methods],
        exposeHeadRoute: false,
        handler: (request, reply) => open(kind, request, reply),
      });
    registered();
  });

  function open(kind: Kind, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const url = new URL(request.url, "http://node");
    const refusal = options.door(url, request.headers);
    if (refusal !== undefined) {
      options.refused(refusal.status);
      if (refusal.retryAfterSeconds !== undefined) reply.header("retry-after", refusal.retryAfterSeconds);
      return reply.code(refusal.status).send(refusal.why);
    }
    const first = firstFrame(request, url);
    if (first.length === 0)
      return reply.code(400).send("the connect command is missing: the body of a POST, or cf_connect in the query");
    if (first.length > options.limits.frameBytes) return reply.code(413).send("the connect command is too large");
    attach(kind, first, reply);
    return reply;
  }

  function attach({ transport, codec, type, opening }: Kind, first: Buffer, reply: FastifyReply): void {
    const { hub, sessions, limits } = options;
    const response = reply.hijack().raw;
    response.on("error", () => response.destroy());
    response.writeHead(200, { ...allowing(reply), ...HEADERS, "content-type": type });
    if (opening === "") response.flushHeaders();
    else response.write(opening);
    const secret = sessions.newSecret();
    const connection = hub.open(wireOfResponse(response, codec, limits.closeMs), codec, {
      ...{ transport, secret, headers: {} },
    });
    const release = sessions.hold(secret, connection);
    response.on("close", () => {
      release();
      connection.closed();
    });
    connection.receive(first);
  }
}

/** What the client says with its request; empty where it says nothing. */
function firstFrame({ method, body }: FastifyRequest, { searchParams }: URL): Buffer {
  if (method === "GET") return Buffer.from(searchParams.get("cf_connect") ?? "");
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** The headers that were set before the response was taken over. */
const allowing = (reply: FastifyReply): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
