import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { echoNode } from "../testing/nodes.ts";
import { startStage } from "../testing/stage.ts";
import { SourceAddresses } from "./source-addresses.ts";

const LISTED = ["127.0.0.3", "127.0.0.4"];
const env = { BELLWIRE_BALANCER_SOURCE_ADDRESSES: LISTED.join(",") };

describe("source addresses", () => {
  it("are those that nodes see, all of them, for tunnels and for requests", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], env);
    const sockets = Array.from({ length: 20 }, () => new WebSocket(`ws://${stage.url}/connection/websocket`));
    await Promise.all(sockets.map((socket) => once(socket, "open")));
    const seen = new Set([...node.sockets].map(({ remoteAddress }) => remoteAddress));
    expect([...seen].filter((address) => address !== "127.0.0.1").sort()).toEqual(LISTED);
    expect([...node.sockets].filter(({ remoteAddress }) => remoteAddress !== "127.0.0.1")).toHaveLength(20);
    for (const socket of sockets) socket.terminate();

    const asking = request({ host: "127.0.0.1", port: stage.port, path: "/api/info", agent: false }).end();
    await once(asking, "response");
    expect(LISTED).toContain(node.seen.at(-1)?.socket.remoteAddress);
    asking.destroy();
  });

  it("are of the node's family, and none for a name or a family that is not listed", () => {
    const sources = new SourceAddresses(["127.0.0.3", "::2"], () => 0.9);
    expect(["127.0.0.1", "::1", "node.test"].map((host) => sources.towards(host))).toEqual([
      "127.0.0.3",
      "::2",
      undefined,
    ]);
    expect(new SourceAddresses(["::2"], () => 0).towards("127.0.0.1")).toBeUndefined();
  });

  it("that are not this machine's stop the start, by name", async () => {
    const starting = startStage([], { BELLWIRE_BALANCER_SOURCE_ADDRESSES: "127.0.0.3,203.0.113.1" });
    await expect(starting).rejects.toThrow(/BELLWIRE_BALANCER_SOURCE_ADDRESSES: 203\.0\.113\.1/);
  });
});
