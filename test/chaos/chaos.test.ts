import { findNative } from "@bellwire/backends";
import { connect } from "amqplib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tableOf } from "./ledger/table.ts";
import { runChaos } from "./run.ts";
import { heldForIngest } from "./stage/queues.ts";
import { type Servers, startServers } from "./stage/servers.ts";

const native = await findNative(process.env.PATH);

// Private servers, to be killed and emptied. More, longer and larger: npm run chaos.
describe.skipIf(native.redis === undefined || native.rabbit === undefined)("chaos on private servers", () => {
  let servers: Servers;

  beforeAll(async () => {
    servers = await startServers();
  }, 200_000);
  afterAll(() => servers[Symbol.asyncDispose]());

  it("counts what the ingest queues hold at that moment, waiting and in hand", async () => {
    const connection = await connect(servers.rabbit.url);
    const channel = await connection.createConfirmChannel();
    const names = ["count.ingest.0", "count.ingest.1", "other.ingest.0"];
    for (const [index, name] of names.entries()) {
      await channel.assertQueue(name, { arguments: { "x-queue-type": "quorum" } });
      for (let sent = 0; sent <= index; sent += 1) channel.sendToQueue(name, Buffer.from("event"));
    }
    await channel.waitForConfirms();
    await channel.get("count.ingest.1");
    expect(await heldForIngest(servers.rabbit, "count")).toBe(3);
    for (const name of names) await channel.deleteQueue(name);
    await connection.close();
  });

  it.for([1, 2])("ends a short storm of seed %i with an even balance", { timeout: 300_000 }, async (seed) => {
    const told: string[] = [];
    const options = { servers, seed, stormMs: 12_000, clients: 60, nodes: 3, afterRedisRestart: "ask" } as const;
    const result = await runChaos(options, (text) => told.push(text));
    expect(result.balanced, `${told.join("\n")}\n${tableOf(result.balance)}\nlogs in ${result.logs}`).toBe(true);
    expect(result.balance.counts.seen).toBeGreaterThan(100);
  });
});
