import type { OutgoingHttpHeaders } from "node:http";
import type { Connection, Hub } from "@bellwire/hub";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { headersToKeep } from "../backend/caller.ts";
import { answerOrigin } from "./cors.ts";
import type { Door, Refusal } from "./door.ts";
import type { EmulatedSessions } from "./emulated-sessions.ts";
import type { TransportLimits } from "./limits.ts";
import type { OriginCheck } from "./origins.ts";
import { wireOfResponse } from "./response-wire.ts";
import { connectRequestIn, formOf, type StreamForm, type StreamKind, streamKinds } from "./stream-kinds.ts";

export interface StreamsOptions {
  readonly hub: Hub;
  readonly door: Door;
  readonly isAllowed: OriginCheck;
  readonly sessions: EmulatedSessions;
  readonly limits: TransportLimits;
  /** Request headers that the shop's backend is told. */
  readonly headers: readonly string[];
  readonly refused: (status: number) => void;
}

/** Nobody on the way may keep, change or hold back what passes. */
const HEADERS = { "cache-control": "no-store, no-transform", "x-accel-buffering": "no" } as const;

/**
 * `/connection/http_stream`, `/connection/sse` and their unidirectional sisters: the answer is the stream of what the server
 * says. What the client says first comes with the request (the body, or `cf_connect` in the query), what it says later by
 * POST to `/emulation`.
 */
export function serveStreams(app: FastifyInstance, options: StreamsOptions): void {
  const { hub, door, sessions, limits } = options;
  void app.register((scope, _options, registered) => {
    answerOrigin(scope, options.isAllowed);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: limits.frameBytes }, (_request, body, done) =>
      done(null, body),
    );
    for (const kind of streamKinds)
      scope.route({
        url: `/connection/${kind.transport}`,
        method: [...kind.methods],
        exposeHeadRoute: false,
        handler: (request, reply) => serve(kind, request, reply),
      });
    registered();
  });

  function serve(kind: StreamKind, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const url = new URL(request.url, "http://node");
    const first = firstFrame(request, url);
    const refusal = door(url, request.headers) ?? faultIn(first);
    if (refusal !== undefined) return refuse(reply, refusal);
    const begin = kind.unidirectional ? listening(first) : talking(first);
    if (begin === undefined) return refuse(reply, { status: 400, why: "this is no connect request" });
    const form = formOf(kind, request.headers["content-type"]);
    begin(attach(kind, form, reply));
    return reply;
  }

  function attach(kind: StreamKind, { codec, contentType, opening }: StreamForm, reply: FastifyReply): Connection {
    const response = reply.hijack().raw;
    response.on("error", () => response.destroy());
    response.writeHead(200, { ...alreadySet(reply), ...HEADERS, "content-type": contentType });
    if (opening === "") response.flushHeaders();
    else response.write(opening);
    const secret = kind.unidirectional ? undefined : sessions.newSecret();
    const connection = hub.open(wireOfResponse(response, codec, limits.closeMs), codec, {
      ...{ transport: kind.transport, headers: headersToKeep(reply.request.headers, options.headers) },
      ...(secret !== undefined && { secret }),
    });
    const release = secret === undefined ? undefined : sessions.hold(secret, connection);
    response.on("close", () => {
      release?.();
      connection.closed();
    });
    return connection;
  }

  function refuse(reply: FastifyReply, { status, why, retryAfterSeconds }: Refusal): FastifyReply {
    options.refused(status);
    if (retryAfterSeconds !== undefined) reply.header("retry-after", retryAfterSeconds);
    return reply.code(status).send(why);
  }

  function faultIn({ length }: Buffer): Refusal | undefined {
    if (length === 0)
      return { status: 400, why: "what to connect with is missing: the body of a POST, or cf_connect in the query" };
    return length > limits.frameBytes ? { status: 413, why: "what to connect with is too large" } : undefined;
  }
}

/** How a client begins that goes on with commands. */
const talking = (first: Buffer) => (connection: Connection) => connection.receive(first);

/** How a client begins that only listens; undefined where it says something else than a connect request. */
function listening(first: Buffer): ((connection: Connection) => void) | undefined {
  const request = connectRequestIn(first.toString());
  return request && ((connection) => connection.connect(request));
}

/** What the client says with its request; empty where it says nothing. */
function firstFrame({ method, body }: FastifyRequest, { searchParams }: URL): Buffer {
  if (method === "GET") return Buffer.from(searchParams.get("cf_connect") ?? "");
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** The headers that were set before the response was taken over. */
const alreadySet = (reply: FastifyReply): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
