import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Centrifuge } from "centrifuge";
import { expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { Cluster } from "../cluster/cluster.ts";

const PROGRAM = join(import.meta.dirname, "backend/node/backend.mjs");
const GUIDE = join(import.meta.dirname, "../../docs/backend.md");

class WithCookie extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols, { headers: { cookie: "session=of-ada" } });
  }
}

it("the backend for Node.js, with the configuration beside it, decides for the official SDK", async () => {
  const [backend] = inject("backends");
  if (backend === undefined) throw new Error("no backend");
  await using stack = new AsyncDisposableStack();
  const shop = spawn(process.execPath, [PROGRAM], { env: { PORT: "0", PUSH_SECRET: "the-secret-of-push" } });
  stack.defer(() => void shop.kill());
  const { value } = await createInterface({ input: shop.stdout })[Symbol.asyncIterator]().next();
  const port = String(value).replace("port ", "");
  const [settings = ""] = /(?<=^```json\n).*?(?=^```$)/ms.exec(readFileSync(GUIDE, "utf8")) ?? [];
  const file = join(mkdtempSync(join(tmpdir(), "bellwire-backend-")), "config.json");
  writeFileSync(file, settings.replaceAll(":3000", `:${port}`));
  const cluster = stack.use(await Cluster.start(backend, { nodes: 1, env: { BELLWIRE_CONFIG: file } }));

  const client = new Centrifuge(cluster.websocketUrl, { websocket: WithCookie });
  stack.defer(() => client.disconnect());
  const subscription = client.newSubscription("club:tea");
  const seen: unknown[] = [];
  subscription.on("publication", ({ data }) => seen.push(data));
  const welcomed = new Promise((resolve) => subscription.on("subscribed", ({ data }) => resolve(data)));
  subscription.subscribe();
  client.connect();
  expect(await welcomed).toEqual({ welcome: "club:tea" });
  expect(await client.rpc("cart.size", {})).toEqual({ data: { size: 3 } });
  await expect(client.rpc("cart.empty", {})).rejects.toMatchObject({ code: 404 });
  await subscription.publish({ text: "hello" });
  await expect.poll(() => seen).toEqual([{ text: "hello", by: "ada" }]);
  await expect(subscription.publish({ text: "x".repeat(300) })).rejects.toMatchObject({ code: 422 });

  const stranger = new Centrifuge(cluster.websocketUrl, { websocket: WebSocket });
  stack.defer(() => stranger.disconnect());
  const ended = new Promise((resolve) => stranger.on("disconnected", resolve));
  stranger.connect();
  expect(await ended).toMatchObject({ code: 4501, reason: "log in first" });
});
