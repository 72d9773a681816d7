import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import { Customer } from "../cluster/customer.ts";

const PROGRAM = join(import.meta.dirname, "publish/node/publish.mjs");

it("the program for Node.js puts an order on the customer's page", async () => {
  const [backend] = inject("backends");
  if (backend === undefined) throw new Error("no backend");
  // A shop publishes to the exchange as it is called by default.
  await using cluster = await Cluster.start(backend, { nodes: 1, env: { BELLWIRE_PREFIX: "bellwire" } });
  const customer = await new Customer(cluster, `ana-${cluster.prefix}`).live();
  const orderId = `A-${cluster.prefix}`;
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, orderId, customer.id, "placed", "1"], {
    env: { ...process.env, BELLWIRE_AMQP_URL: backend.amqpUrl },
  });
  expect(stdout).toBe(`confirmed ${orderId}.1\n`);
  await expect
    .poll(() => customer.seen.map(({ data }) => data), { timeout: 20_000 })
    .toMatchObject([
      { type: "order.status", id: `${orderId}.1`, orderId, customerId: customer.id, status: "placed", version: 1 },
    ]);
});
