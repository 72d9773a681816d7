import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { echoNode, OPENED, rawNode } from "../testing/nodes.ts";
import { connectRaw, upgradeText } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";
import { activeOn, startStage } from "../testing/stage.ts";

/** A masked text frame from a client, with a mask of zeros. */
const clientFrame = (text: string) => `\x81${String.fromCharCode(0x80 | text.length)}\0\0\0\0${text}`;
const nodeFrame = (text: string) => `\x81${String.fromCharCode(text.length)}${text}`;

describe("a tunnel", () => {
  it("carries messages both ways, spread over the nodes, and leaves every counter at 0", async () => {
    await using one = await echoNode();
    await using two = await echoNode();
    await using stage = await startStage([one, two]);
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = new WebSocket(`ws://${stage.url}/connection/websocket`);
        await once(socket, "open");
        return socket;
      }),
    );
    const echoes = sockets.map(async (socket, index) => {
      socket.send(`${index} ${"x".repeat(70_000)}`);
      const [data] = await once(socket, "message");
      return String(data).split(" ")[0];
    });
    expect(await Promise.all(echoes)).toEqual(sockets.map((_, index) => String(index)));
    expect((await stage.nodes()).map(({ active }) => active)).toEqual([10, 10]);
    for (const socket of sockets) socket.close(1000);
    await soon(() => activeOn(stage)).toBe(0);
    await soon(() => one.sockets.size + two.sockets.size).toBeLessThanOrEqual(2);
    const byClient = (await stage.metric('bellwire_balancer_tunnels_closed_total{cause="client"}')) ?? 0;
    const byNode = (await stage.metric('bellwire_balancer_tunnels_closed_total{cause="node"}')) ?? 0;
    expect(byClient + byNode).toBe(20);
  });

  it("counts at the choice: a burst that is answered late is spread evenly", async () => {
    const waiting: (() => void)[] = [];
    const answer = (socket: { write(text: string): unknown }) => void waiting.push(() => socket.write(OPENED));
    await using one = await rawNode(answer);
    await using two = await rawNode(answer);
    await using stage = await startStage([one, two]);
    const clients = Array.from({ length: 30 }, () => connectRaw(stage.port));
    for (const client of clients) client.send(upgradeText());
    await soon(() => waiting.length).toBe(30);
    expect((await stage.nodes()).map(({ active }) => active)).toEqual([15, 15]);
    for (const open of waiting) open();
    await soon(() => clients.every(({ received }) => received.includes(" 101 "))).toBe(true);
    for (const client of clients) client.socket.destroy();
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("forwards a client's frame that came with the request, and a node's that came with the 101", async () => {
    await using echo = await echoNode();
    await using eager = await rawNode((socket) => void socket.write(OPENED + nodeFrame("hello"), "latin1"));
    await using behindEcho = await startStage([echo]);
    await using behindEager = await startStage([eager]);
    using client = connectRaw(behindEcho.port);
    client.send(upgradeText() + clientFrame("early"));
    await soon(() => client.received).toContain(nodeFrame("early"));
    using other = connectRaw(behindEager.port);
    other.send(upgradeText());
    await soon(() => other.received.endsWith(`\r\n\r\n${nodeFrame("hello")}`)).toBe(true);
  });

  it("shows a node nothing that follows the request before the node has answered 101", async () => {
    const opens: (() => void)[] = [];
    await using node = await rawNode((socket) => void opens.push(() => socket.write(OPENED)));
    await using stage = await startStage([node]);
    using client = connectRaw(stage.port);
    client.send(`${upgradeText()}SECOND`);
    await soon(() => opens.length).toBe(1);
    client.send("THIRD");
    await soon(async () => activeOn(stage)).toBe(1);
    expect(node.heard[0]).not.toContain("SECOND");
    opens[0]?.();
    await soon(() => node.heard[0]?.endsWith("\r\n\r\nSECONDTHIRD")).toBe(true);
  });

  it("gives the node one address, the real one, whatever the client claims", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node]);
    using client = connectRaw(stage.port, { localAddress: "127.0.0.9" });
    client.send(
      upgradeText({
        "X-Forwarded-For": "9.9.9.9",
        "X-Real-IP": "9.9.9.9",
        Forwarded: "for=9.9.9.9",
        Connection: "Upgrade, X-Forwarded-For",
      }),
    );
    await soon(() => client.received).toContain(" 101 ");
    const [seen] = node.seen;
    expect(seen?.headers["x-forwarded-for"]).toBe("127.0.0.9");
    expect(JSON.stringify(seen?.rawHeaders)).not.toContain("9.9.9.9");
    expect(seen?.headers.host).toBe("shop.example");
  });
});

describe("the end of a tunnel", () => {
  it("delivers the node's last bytes after the client's half has ended", async () => {
    const answer = (socket: Socket): void => {
      socket.write(OPENED);
      socket.on("end", () => socket.end("LAST WORDS"));
    };
    await using node = await rawNode(answer, { halfOpen: true });
    await using stage = await startStage([node]);
    using client = connectRaw(stage.port);
    client.send(upgradeText());
    await soon(() => client.received).toContain(" 101 ");
    client.socket.end();
    await soon(() => client.received.endsWith("LAST WORDS") && client.closed).toBe(true);
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("comes after the linger limit when the node does not answer the client's end", async () => {
    await using node = await rawNode((socket) => void socket.write(OPENED), { halfOpen: true });
    await using stage = await startStage([node], { BELLWIRE_BALANCER_LINGER_MS: "300" });
    using client = connectRaw(stage.port);
    client.send(upgradeText());
    await soon(() => client.received).toContain(" 101 ");
    client.socket.end();
    await soon(() => activeOn(stage)).toBe(0);
    await soon(() => client.closed).toBe(true);
  });

  it("comes at once for the client when its node dies", async () => {
    const node = await echoNode();
    await using stage = await startStage([node]);
    const socket = new WebSocket(`ws://${stage.url}/connection/websocket`);
    await once(socket, "open");
    await node[Symbol.asyncDispose]();
    const [code] = await once(socket, "close");
    expect(code).toBe(1006);
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("comes after the idle limit, and any byte in either direction puts it off", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], { BELLWIRE_BALANCER_IDLE_MS: "800" });
    const busy = new WebSocket(`ws://${stage.url}/connection/websocket`);
    const idle = new WebSocket(`ws://${stage.url}/connection/websocket`);
    await Promise.all([once(busy, "open"), once(idle, "open")]);
    const chatter = setInterval(() => busy.send("x"), 100);
    await once(idle, "close");
    clearInterval(chatter);
    expect(busy.readyState).toBe(WebSocket.OPEN);
    expect(await stage.metric('bellwire_balancer_tunnels_closed_total{cause="idle"}')).toBe(1);
    busy.terminate();
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("comes after the stall limit for a client that does not read, and memory stays bounded meanwhile", async () => {
    let written = 0;
    await using node = await rawNode((socket) => {
      socket.write(OPENED);
      const chunk = Buffer.alloc(65_536);
      const pump = (): void => {
        while (written < 200_000_000) {
          written += chunk.length;
          if (!socket.write(chunk)) return void socket.once("drain", pump);
        }
      };
      pump();
    });
    await using stage = await startStage([node], { BELLWIRE_BALANCER_STALL_MS: "500" });
    using client = connectRaw(stage.port);
    client.socket.pause();
    client.send(upgradeText());
    await soon(() => stage.metric('bellwire_balancer_tunnels_closed_total{cause="stall"}')).toBe(1);
    expect(written).toBeLessThan(40_000_000);
    expect(await activeOn(stage)).toBe(0);
  });

  it("survives clients that reset right after the request and right after the 101", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node]);
    for (let round = 0; round < 50; round++) {
      const client = connectRaw(stage.port);
      client.socket.once("connect", () => {
        client.send(upgradeText());
        if (round % 2 === 0) setImmediate(() => client.socket.resetAndDestroy());
        else client.socket.once("data", () => client.socket.resetAndDestroy());
      });
      await soon(() => client.closed).toBe(true);
    }
    await soon(() => activeOn(stage)).toBe(0);
    await soon(() => node.sockets.size).toBe(0);
  });
});
