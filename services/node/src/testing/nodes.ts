import { createTokenSigner } from "@bellwire/auth";
import { createMemoryCluster, type MemoryCluster } from "@bellwire/memory";
import { createLog } from "@bellwire/runtime";
import { readNodeConfig } from "../config.ts";
import { type RunningNode, startNode } from "../node.ts";

const SECRET = "the-secret-of-these-tests";
export const API_KEY = "the-key-of-these-tests";

export interface TestNodes extends AsyncDisposable {
  readonly memory: MemoryCluster;
  readonly nodes: readonly RunningNode[];
  /** The first node's address, or another's. */
  url(index?: number): string;
  token(user: string): Promise<string>;
  publish(channel: string, data: unknown): Promise<void>;
  /** The sum of a node's metrics whose line begins so. */
  metric(start: string, index?: number): Promise<number>;
}

/** Real nodes on real ports, over one in-memory store and bus. */
export async function startNodes(count: number, env: Readonly<Record<string, string>> = {}): Promise<TestNodes> {
  const cluster = createMemoryCluster();
  const { log } = createLog("test", "silent");
  const sign = createTokenSigner(SECRET);
  await using starting = new AsyncDisposableStack();
  const nodes: RunningNode[] = [];
  for (let index = 0; index < count; index += 1) {
    const config = readNodeConfig({
      ...{ BELLWIRE_NODE_ID: `node-${index}`, BELLWIRE_NODE_PORT: "0", BELLWIRE_NODE_OPS_PORT: "0" },
      ...{ BELLWIRE_TOKEN_SECRET: SECRET, BELLWIRE_API_KEY: API_KEY },
      ...{ BELLWIRE_NODE_DRAIN_NOTICE_MS: "0", BELLWIRE_NODE_DRAIN_PAUSE_MS: "10" },
      ...env,
    });
    nodes.push(starting.use(await startNode(config, { log, ...cluster })));
  }
  const url = (index = 0) => `http://127.0.0.1:${nodes[index]?.port}`;
  const running = starting.move();
  return {
    memory: cluster,
    nodes,
    url,
    token: (user) => sign({ sub: user, ttlSeconds: 600 }),
    async publish(channel, data) {
      const answer = await fetch(`${url()}/api/publish`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": API_KEY },
        body: JSON.stringify({ channel, data }),
      });
      if (answer.status !== 200) throw new Error(`publish was answered ${answer.status}`);
    },
    async metric(start, index = 0) {
      const text = await (await fetch(`http://127.0.0.1:${nodes[index]?.opsPort}/metrics`)).text();
      const lines = text.split("\n").filter((line) => line.startsWith(start));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
