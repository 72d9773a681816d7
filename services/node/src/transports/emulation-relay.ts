import type { NodeId, NodeRecord } from "@bellwire/hub";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { EmulatedSessions } from "./emulated-sessions.ts";
import { type EmulationOutcome, statusOf } from "./emulation-outcome.ts";
import type { TransportLimits } from "./limits.ts";

export interface RelayOptions {
  /** The node's record, undefined where no such node lives. */
  readonly find: (node: NodeId) => Promise<NodeRecord | undefined>;
  readonly apiKey: string;
  readonly limits: TransportLimits;
}

const PATH = "/emulation";
const SESSION_HEADER = "x-bellwire-session";

/**
 * Hands commands to the node that holds their session, over its operators' port: unlike the bus that answers whether it has
 * them, and works while the broker is away. Tried once, so that nothing is done twice: a client that hears of a failure
 * connects again.
 */
export function createRelay({ find, apiKey, limits }: RelayOptions) {
  let inFlight = 0;
  return async (node: NodeId, secret: string, frame: Uint8Array): Promise<EmulationOutcome> => {
    if (inFlight >= limits.emulationInFlight) return "busy";
    inFlight += 1;
    try {
      const record = await find(node);
      if (record === undefined) return "unknown";
      const answer = await fetch(`http://${record.opsAddress}${PATH}`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream", "x-api-key": apiKey, [SESSION_HEADER]: secret },
        body: new Uint8Array(frame),
        signal: AbortSignal.timeout(limits.emulationMs),
        redirect: "error",
      });
      await answer.body?.cancel();
      return outcomeOf(answer.status);
    } catch {
      // Not reached in time, or the store that knows the nodes was not: the client hears of it, and comes back.
      return "unreachable";
    } finally {
      inFlight -= 1;
    }
  };
}

function outcomeOf(status: number): EmulationOutcome {
  if (status === statusOf.taken) return "taken";
  if (status === statusOf.unknown) return "unknown";
  return status === statusOf.tooMany ? "tooMany" : "unreachable";
}

/** The other end: takes what another node has for a session of this one. */
export function serveRelay(
  ops: FastifyInstance,
  options: {
    readonly sessions: EmulatedSessions;
    readonly hasKey: (request: FastifyRequest) => boolean;
    readonly limits: TransportLimits;
  },
): void {
  const { sessions, hasKey, limits } = options;
  void ops.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      "application/octet-stream",
      { parseAs: "buffer", bodyLimit: limits.frameBytes },
      (_request, body, done) => done(null, body),
    );
    scope.post(PATH, async (request, reply) => {
      if (!hasKey(request)) return reply.code(401).send();
      const secret = request.headers[SESSION_HEADER];
      if (typeof secret !== "string" || !Buffer.isBuffer(request.body)) return reply.code(400).send();
      return reply.code(statusOf[sessions.deliver(secret, request.body)]).send();
    });
    registered();
  });
}
