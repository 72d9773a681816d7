import type { NodeId } from "@bellwire/hub";
import { type Emulation, readEmulation } from "@bellwire/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { answerOrigin } from "./cors.ts";
import type { EmulatedSessions } from "./emulated-sessions.ts";
import { type EmulationOutcome, statusOf } from "./emulation-outcome.ts";
import type { TransportLimits } from "./limits.ts";
import type { OriginCheck } from "./origins.ts";

export interface EmulationOptions {
  readonly self: NodeId;
  readonly sessions: EmulatedSessions;
  /** Hands commands to another node. Never rejects. */
  readonly relay: (node: NodeId, secret: string, frame: Uint8Array) => Promise<EmulationOutcome>;
  readonly isAllowed: OriginCheck;
  readonly limits: TransportLimits;
  readonly counted: (outcome: EmulationOutcome, where: "here" | "elsewhere") => void;
}

/** `POST /emulation`: the commands of a client whose stream is open on this node or on another, in JSON or Protobuf. */
export function serveEmulation(app: FastifyInstance, options: EmulationOptions): void {
  const { self, sessions, relay, limits, counted } = options;
  // A JSON string of JSON has a backslash for each quote.
  const bodyLimit = 2 * limits.frameBytes + 1_024;
  void app.register((scope, _options, registered) => {
    answerOrigin(scope, options.isAllowed);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit }, (_request, body, done) => done(null, body));
    scope.post("/emulation", async (request, reply) => {
      const order = readOrder(request);
      if (order === undefined) return reply.code(400).send("session, node and data must be given");
      if (order.frame.byteLength > limits.frameBytes) return reply.code(413).send("too many commands in one request");
      return reply.code(statusOf[await carryOut(order)]).send();
    });
    registered();
  });

  async function carryOut({ session, node, frame }: Emulation): Promise<EmulationOutcome> {
    const isHere = node === self;
    const outcome = isHere ? sessions.deliver(session, frame) : await relay(node, session, frame);
    counted(outcome, isHere ? "here" : "elsewhere");
    return outcome;
  }
}

function readOrder({ body, headers }: FastifyRequest): Emulation | undefined {
  const codec = headers["content-type"]?.startsWith("application/octet-stream") ? "protobuf" : "json";
  return Buffer.isBuffer(body) ? readEmulation(codec, body) : undefined;
}
