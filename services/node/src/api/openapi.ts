import { errors } from "@bellwire/protocol";
import { z } from "zod";
import { BatchRequest } from "./batch.ts";
import { requestSchemas } from "./methods.ts";

const count = z.number().int().min(0);
const position = { offset: count.optional(), epoch: z.string().optional() };
const info = z.object({
  ...{ user: z.string(), client: z.string() },
  ...{ conn_info: z.unknown().optional(), chan_info: z.unknown().optional() },
});
const failed = z.object({ code: z.number().int(), message: z.string() });
const showing = z.object({
  ...{ version: count, at: z.iso.datetime(), user: z.string(), client: z.string(), node: z.string() },
});
const stats = { num_clients: count, num_users: count };

const results: Readonly<Record<keyof typeof requestSchemas, z.ZodType>> = {
  publish: z.object(position),
  broadcast: z.object({
    responses: z.array(z.union([z.object({ result: z.object(position) }), z.object({ error: failed })])),
  }),
  subscribe: z.object({}),
  unsubscribe: z.object({}),
  disconnect: z.object({}),
  refresh: z.object({}),
  presence: z.object({ presence: z.record(z.string(), info) }),
  presence_stats: z.object(stats),
  history: z.object({
    publications: z.array(
      z.object({
        ...{ data: z.unknown(), offset: count, info: info.optional() },
        tags: z.record(z.string(), z.string()).optional(),
      }),
    ),
    ...{ offset: count, epoch: z.string() },
  }),
  history_remove: z.object({}),
  channels: z.object({ channels: z.record(z.string(), z.object({ num_clients: count })) }),
  shown: z.object({ shown: z.boolean(), newer: showing.optional(), versions: z.array(showing) }),
  info: z.object({
    nodes: z.array(
      z.object({
        ...{ uid: z.string(), name: z.string(), version: z.string(), uptime: count },
        ...{ ...stats, num_subs: count, num_channels: count },
      }),
    ),
  }),
};

const replies = z.object({ replies: z.array(z.record(z.string(), z.unknown())) });

/** The OpenAPI 3.1 document of the server API, made of the schemas that requests are read by. */
export function openApi(version: string): object {
  const paths = Object.fromEntries(
    (Object.keys(requestSchemas) as Array<keyof typeof requestSchemas>).map((name) => [
      `/api/${name}`,
      operation(
        name,
        requestSchemas[name],
        z.union([z.object({ result: results[name] }), z.object({ error: failed })]),
      ),
    ]),
  );
  return {
    openapi: "3.1.0",
    info: {
      title: "bellwire server API",
      version,
      description: `Errors travel with status 200 unless the request has the header X-Centrifugo-Error-Mode: transport. Their codes: ${Object.values(
        errors,
      )
        .map(({ code, message }) => `${code} ${message}`)
        .join(", ")}.`,
    },
    security: [{ header: [] }, { authorization: [] }, { query: [] }],
    paths: {
      ...paths,
      "/api/batch": operation("batch", BatchRequest, z.union([replies, z.object({ error: failed })])),
    },
    components: {
      securitySchemes: {
        header: { type: "apiKey", in: "header", name: "X-API-Key" },
        authorization: { type: "apiKey", in: "header", name: "Authorization", description: "apikey <key>" },
        query: { type: "apiKey", in: "query", name: "api_key" },
      },
    },
  };
}

function operation(name: string, request: z.ZodType, answer: z.ZodType): object {
  return {
    post: {
      operationId: name,
      requestBody: { required: true, content: { "application/json": { schema: schemaOf(request, "input") } } },
      responses: {
        200: {
          description: "The result, or an error",
          content: { "application/json": { schema: schemaOf(answer, "output") } },
        },
        400: { description: "The body is no JSON" },
        401: { description: "The key is missing or wrong" },
      },
    },
  };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
