import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenSigner } from "@bellwire/auth";
import { createMemoryCluster, type MemoryCluster } from "@bellwire/memory";
import { createLog } from "@bellwire/runtime";
import { type RunningNode, startNode } from "../node.ts";
import { readNodeConfig } from "../settings/config.ts";

const SECRET = "the-secret-of-these-tests";
export const API_KEY = "the-key-of-these-tests";

export interface TestNodes extends AsyncDisposable {
  readonly memory: MemoryCluster;
  readonly nodes: readonly RunningNode[];
  /** The first node's address, or another's. */
  url(index?: number): string;
  /** A connection token that expires in so many seconds. */
  token(user: string, ttlSeconds?: number): Promise<string>;
  disconnect(user: string): Promise<void>;
  publish(channel: string, data: unknown): Promise<void>;
  /** The sum of a node's metrics whose line begins so. */
  metric(start: string, index?: number): Promise<number>;
}

/** Real nodes on real ports, over one in-memory store and bus. */
export async function startNodes(
  count: number,
  env: Readonly<Record<string, string>> = {},
  settings: object = {},
): Promise<TestNodes> {
  const cluster = createMemoryCluster();
  const { log } = createLog("test", "silent");
  const sign = createTokenSigner(SECRET);
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "bellwire-node-"));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify(settings));
  const nodes: RunningNode[] = [];
  for (let index = 0; index < count; index += 1) {
    const config = readNodeConfig({
      ...{ BELLWIRE_NODE_ID: `node-${index}`, BELLWIRE_NODE_PORT: "0", BELLWIRE_NODE_OPS_PORT: "0" },
      ...{ BELLWIRE_TOKEN_SECRET: SECRET, BELLWIRE_API_KEY: API_KEY },
      ...{ BELLWIRE_NODE_DRAIN_NOTICE_MS: "0", BELLWIRE_NODE_DRAIN_PAUSE_MS: "10" },
      ...{ BELLWIRE_CONFIG: file, ...env },
    });
    nodes.push(starting.use(await startNode(config, { log, ...cluster })));
  }
  const url = (index = 0) => `http://127.0.0.1:${nodes[index]?.port}`;
  const call = async (method: string, body: object): Promise<void> => {
    const answer = await fetch(`${url()}/api/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": API_KEY },
      body: JSON.stringify(body),
    });
    const { error } = (await answer.json()) as { readonly error?: object };
    if (error !== undefined) throw new Error(`${method} was answered ${JSON.stringify(error)}`);
  };
  const running = starting.move();
  return {
    memory: cluster,
    nodes,
    url,
    token: (user, ttlSeconds = 600) => sign({ sub: user, ttlSeconds }),
    disconnect: (user) => call("disconnect", { user }),
    publish: (channel, data) => call("publish", { channel, data }),
    async metric(start, index = 0) {
      const text = await (await fetch(`http://127.0.0.1:${nodes[index]?.opsPort}/metrics`)).text();
      const lines = text.split("\n").filter((line) => line.startsWith(start));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
