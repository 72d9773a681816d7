import { describe } from "vitest";
import { mustBeOpen, open } from "./client.ts";
import { type NodeProcess, startNodes } from "./node-process.ts";
import { type SubjectName, startSubject } from "./subjects/start.ts";
import { onAllThree } from "./three.ts";

const CLIENTS = 200;
const NODES = 5;
const GONE = "c";

/** Which node each client's address leads to. */
async function mapping(name: SubjectName, nodes: readonly NodeProcess[]): Promise<ReadonlyMap<string, string>> {
  await using subject = await startSubject(name, nodes, { strategy: "source-hash" });
  const found = new Map<string, string>();
  for (let client = 0; client < CLIENTS; client++) {
    const localAddress = `127.1.${client % 16}.${client + 2}`;
    const { node, socket } = mustBeOpen(await open(subject.port, { localAddress }));
    socket.terminate();
    found.set(localAddress, node);
  }
  return found;
}

describe("check 4: source hash moves only whom it must (200 addresses of 127.1.0.0/20 for two shared cores)", () => {
  onAllThree(
    "when one of five nodes is taken out, its clients move and nobody else's; the same after a restart",
    {},
    async (name, expect) => {
      await using nodes = await startNodes(NODES);
      const all = await mapping(name, nodes.all);
      expect(new Set(all.values()).size).toBe(NODES);
      const left = nodes.all.filter(({ id }) => id !== GONE);
      const without = await mapping(name, left);
      const moved = [...all].filter(([client, node]) => node !== GONE && without.get(client) !== node);
      expect(moved).toEqual([]);
      expect(await mapping(name, nodes.all)).toEqual(all);
    },
  );
});
