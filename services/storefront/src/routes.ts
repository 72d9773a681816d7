import { createTokenSigner } from "@bellwire/auth";
import type { Log } from "@bellwire/runtime";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import type { StorefrontConfig } from "./config.ts";
import { Producer } from "./producer.ts";

/** A customer's id as the shop's events have it: it stands in a channel name, where a comma would name two users. */
const CustomerId = z.string().regex(/^[A-Za-z0-9_.@-]{1,128}$/);

/** The most that the page asks for; the producer's own bounds may be lower. */
const MAX_CUSTOMERS = 1_000;
const MAX_ORDERS = 100;

/** The JSON that the page lives on: its configuration, tokens, and the producer's customers and orders. */
export function addRoutes(app: FastifyInstance, config: StorefrontConfig, log: Log): void {
  const sign = createTokenSigner(config.token.secret);
  const producer = new Producer(config.producer);

  const forward = async (path: string, reply: FastifyReply) => {
    const answer = await producer.get(path);
    reply.header("cache-control", "no-store");
    if (answer.ok) return reply.code(answer.status).type("application/json; charset=utf-8").send(answer.body);
    log.warn({ path, status: answer.status, reason: answer.error }, "producer did not answer");
    return reply.code(answer.status).header("retry-after", "1").send({ error: answer.error });
  };

  app.get("/config.json", (_request, reply) =>
    reply.header("cache-control", "no-cache").send({
      shop: config.shopName,
      push: { ...config.push, path: "/connection/websocket" },
    }),
  );

  app.get<{ Querystring: { customer?: unknown } }>("/token", async (request, reply) => {
    const customer = CustomerId.safeParse(request.query.customer);
    if (!customer.success) return badCustomer(reply);
    const token = await sign({ sub: customer.data, ttlSeconds: config.token.ttlSeconds });
    return reply.header("cache-control", "no-store").send({ token });
  });

  app.get("/customers", (_request, reply) => forward(`/customers?limit=${MAX_CUSTOMERS}`, reply));

  app.get<{ Params: { id: string } }>("/customers/:id/orders", (request, reply) => {
    const customer = CustomerId.safeParse(request.params.id);
    if (!customer.success) return badCustomer(reply);
    return forward(`/customers/${encodeURIComponent(customer.data)}/orders?limit=${MAX_ORDERS}`, reply);
  });

  app.get("/live", () => ({ live: true }));
  app.get("/ready", () => ({ ready: true }));
}

const badCustomer = (reply: FastifyReply) =>
  reply.code(400).send({ error: "customer: 1 to 128 characters out of A-Z a-z 0-9 _ . @ -" });
