import { findNative } from "@bellwire/backends";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tableOf } from "./ledger/table.ts";
import { runChaos } from "./run.ts";
import { type Servers, startServers } from "./stage/servers.ts";

const native = await findNative(process.env.PATH);

// Private servers, to be killed and emptied. More, longer and larger: npm run chaos.
describe.skipIf(native.redis === undefined || native.rabbit === undefined)("a short storm", () => {
  let servers: Servers;

  beforeAll(async () => {
    servers = await startServers();
  }, 200_000);
  afterAll(() => servers[Symbol.asyncDispose]());

  it.for([1, 2])("of seed %i ends with an even balance", { timeout: 300_000 }, async (seed) => {
    const told: string[] = [];
    const options = { servers, seed, stormMs: 12_000, clients: 60, nodes: 3 };
    const result = await runChaos(options, (text) => told.push(text));
    expect(result.balanced, `${told.join("\n")}\n${tableOf(result.balance)}\nlogs in ${result.logs}`).toBe(true);
    expect(result.balance.counts.seen).toBeGreaterThan(100);
  });
});
