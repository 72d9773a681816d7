import { findNative } from "@bellwire/backends";
import { describe, expect, it } from "vitest";
import { tableOf } from "./ledger/table.ts";
import { runChaos } from "./run.ts";
import { startServers } from "./stage/servers.ts";

const native = await findNative(process.env.PATH);

// Private servers, to be killed and emptied. More, longer and larger: npm run chaos.
describe.skipIf(native.redis === undefined || native.rabbit === undefined)(
  "a short storm ends with an even balance",
  () => {
    it.for([1, 2])("seed %i", { timeout: 240_000 }, async (seed) => {
      const told: string[] = [];
      await using servers = await startServers();
      const result = await runChaos({ servers, seed, stormMs: 12_000, clients: 60, nodes: 3 }, (text) =>
        told.push(text),
      );
      expect(result.balanced, `${told.join("\n")}\n${tableOf(result.balance)}\nlogs in ${result.logs}`).toBe(true);
      expect(result.balance.counts.seen).toBeGreaterThan(100);
    });
  },
);
