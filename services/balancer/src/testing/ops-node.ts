import { createServer } from "node:http";
import type { NodeRecord } from "@bellwire/hub";
import { type EchoNode, echoNode } from "./nodes.ts";

export interface OpsNode extends AsyncDisposable {
  readonly node: EchoNode;
  /** What it was told to shed. */
  readonly orders: ReadonlyArray<{
    readonly count: number | "all";
    readonly perSecond: number;
    readonly close: string;
  }>;
  readonly keys: readonly unknown[];
  /** What it says of itself in the registry now. */
  record(changes?: Partial<NodeRecord>): NodeRecord;
}

/** A node with an ops port that obeys orders to shed by closing sockets at once, the youngest first. */
export async function opsNode(id: string, options: { readonly obeys?: boolean } = {}): Promise<OpsNode> {
  const node = await echoNode();
  const orders: OpsNode["orders"][number][] = [];
  const keys: unknown[] = [];
  const ops = createServer((request, reply) => {
    if (request.url === "/ready") {
      reply.end("{}");
      return;
    }
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      if (options.obeys === false) {
        reply.writeHead(404).end();
        return;
      }
      const order = JSON.parse(text) as OpsNode["orders"][number];
      orders.push(order);
      keys.push(request.headers["x-api-key"]);
      reply.writeHead(202).end("{}");
      const count = order.count === "all" ? node.sockets.size : order.count;
      for (const socket of [...node.sockets].reverse().slice(0, count)) socket.end();
    });
  });
  await new Promise<void>((resolve) => ops.listen(0, "127.0.0.1", resolve));
  const address = ops.address();
  const opsAddress = typeof address === "object" && address !== null ? `127.0.0.1:${address.port}` : "";
  return {
    ...{ node, orders, keys },
    record: (changes = {}) => ({
      ...{ id, name: id, version: "0", address: node.address, opsAddress, state: "up", ready: true, startedAt: 1 },
      ...{ clients: node.sockets.size, users: 0, subscriptions: 0, channels: 0 },
      ...changes,
    }),
    async [Symbol.asyncDispose]() {
      ops.closeAllConnections();
      await new Promise((resolve) => ops.close(resolve));
      await node[Symbol.asyncDispose]();
    },
  };
}
