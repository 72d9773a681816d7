import type { Hub, Namespaces, NodeRecord, Streams } from "@bellwire/hub";
import type { Log } from "@bellwire/runtime";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";
import { DisconnectRequest, disconnect } from "./disconnect.ts";
import { HistoryRequest, history } from "./history.ts";
import { info } from "./info.ts";
import { createKeyCheck } from "./key.ts";
import { BroadcastRequest, broadcast, PublishRequest, publish } from "./publish.ts";

export interface ApiWorld {
  readonly hub: Hub;
  readonly streams: Streams;
  readonly namespaces: Namespaces;
  readonly roster: () => readonly NodeRecord[];
  readonly apiKey: string;
  readonly log: Log;
}

interface Method<Schema extends z.ZodType> {
  readonly schema: Schema;
  readonly call: (request: z.infer<Schema>) => Promise<Answer<object>> | Answer<object>;
}

/** The HTTP server API in the shapes of the Centrifuge family: `POST /api/<method>` with `X-API-Key`. */
export function serveApi(app: FastifyInstance, world: ApiWorld): void {
  const { hub, namespaces, streams } = world;
  const failed = (error: unknown): void => world.log.error({ err: error }, "a channel of a broadcast failed");
  const publishing = { publisher: hub.publisher, namespaces, failed };
  const hasKey = createKeyCheck(world.apiKey);
  const method = <Schema extends z.ZodType>(name: string, { schema, call }: Method<Schema>): void => {
    app.post(
      `/api/${name}`,
      { onRequest: async (request, reply) => void (hasKey(request) || (await reply.code(401).send())) },
      async (request) => {
        const parsed = schema.safeParse(request.body ?? {});
        if (!parsed.success) return failure("badRequest", describe(parsed.error));
        try {
          return await call(parsed.data);
        } catch (error) {
          world.log.error({ err: error, method: name }, "API call failed");
          return failure("internal");
        }
      },
    );
  };
  method("publish", { schema: PublishRequest, call: (request) => publish(publishing, request) });
  method("broadcast", { schema: BroadcastRequest, call: (request) => broadcast(publishing, request) });
  method("disconnect", { schema: DisconnectRequest, call: (request) => disconnect(hub, request) });
  method("history", { schema: HistoryRequest, call: (request) => history({ streams, namespaces }, request) });
  method("info", { schema: z.object({}), call: () => info(world.roster(), Date.now()) });
}

const MAX_DESCRIBED_ISSUES = 5;

function describe({ issues }: z.ZodError): string {
  const said = issues
    .slice(0, MAX_DESCRIBED_ISSUES)
    .map(({ path, message }) => `${path.join(".") || "body"}: ${message}`);
  return said.join("; ");
}
