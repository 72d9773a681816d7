import type { NodeId } from "@bellwire/hub";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { answerOrigin } from "./cors.ts";
import type { EmulatedSessions } from "./emulated-sessions.ts";
import { type EmulationOutcome, statusOf } from "./emulation-outcome.ts";
import type { TransportLimits } from "./limits.ts";
import type { OriginCheck } from "./origins.ts";

/** What a client's POST says: commands of a session that a node holds. */
const Order = z.object({
  session: z.string().min(1).max(128),
  node: z.string().min(1).max(128),
  data: z.string().min(1),
});

export interface EmulationOptions {
  readonly self: NodeId;
  readonly sessions: EmulatedSessions;
  /** Hands commands to another node. Never rejects. */
  readonly relay: (node: NodeId, secret: string, frame: Buffer) => Promise<EmulationOutcome>;
  readonly isAllowed: OriginCheck;
  readonly limits: TransportLimits;
  readonly counted: (outcome: EmulationOutcome, where: "here" | "elsewhere") => void;
}

/** `POST /emulation`: the commands of a client whose stream is open on this node or on another. */
export function serveEmulation(app: FastifyInstance, options: EmulationOptions): void {
  const { self, sessions, relay, limits, counted } = options;
  // A JSON string of JSON has a backslash for each quote.
  const bodyLimit = 2 * limits.frameBytes + 1_024;
  void app.register((scope, _options, registered) => {
    answerOrigin(scope, options.isAllowed);
    scope.post("/emulation", { bodyLimit }, async (request, reply) => {
      const order = Order.safeParse(request.body);
      if (!order.success) return reply.code(400).send(z.prettifyError(order.error));
      const { session, node, data } = order.data;
      const frame = Buffer.from(data);
      if (frame.length > limits.frameBytes) return reply.code(413).send("too many commands in one request");
      const isHere = node === self;
      const outcome = isHere ? sessions.deliver(session, frame) : await relay(node, session, frame);
      counted(outcome, isHere ? "here" : "elsewhere");
      return reply.code(statusOf[outcome]).send();
    });
    registered();
  });
}
