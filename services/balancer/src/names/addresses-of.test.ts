import { once } from "node:events";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { echoNode } from "../testing/nodes.ts";
import { operate } from "../testing/operator.ts";
import { soon } from "../testing/soon.ts";
import { startStage } from "../testing/stage.ts";

it("a static node that is named is connected at the address of its name, under its own id", async () => {
  await using node = await echoNode();
  const id = `localhost:${node.port}`;
  await using stage = await startStage([{ address: id }], { BELLWIRE_BALANCER_RESOLVE_MS: "50" });
  const place = async () => (await operate(stage, `GET /nodes/${id}`)).body;
  await soon(place).toMatchObject({ id, address: node.address, state: "up" });
  const socket = new WebSocket(`ws://${stage.url}/connection/websocket`);
  await once(socket, "open");
  expect(node.seen).toHaveLength(1);
  socket.terminate();
});
