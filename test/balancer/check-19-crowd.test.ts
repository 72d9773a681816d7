import { connect, type Socket } from "node:net";
import { describe, it } from "vitest";
import { mustBeOpen, open } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { startSubject } from "./subjects/start.ts";

const CROWD = 2_000;
const CAP = 50;

const silent = (port: number, localAddress: string): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, localAddress });
    socket.on("error", () => undefined);
    socket.on("connect", () => resolve(socket));
  });

describe("check 19: 2,000 silent connections of one address (a cap of 50)", () => {
  it("are cut at twice the cap, unheard, and nobody else notices: ours", async ({ expect }) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject("ours", nodes.all, {
      env: { BELLWIRE_BALANCER_ADDRESS_CONNECTIONS: String(CAP), BELLWIRE_BALANCER_HEADER_MS: "20000" },
    });
    const crowd = await Promise.all(Array.from({ length: CROWD }, () => silent(subject.port, "127.0.0.8")));
    const left = () => crowd.filter((socket) => !socket.closed && !socket.readableEnded).length;
    for (const socket of crowd) socket.resume();
    await expect.poll(left, { timeout: 10_000 }).toBe(2 * CAP);
    mustBeOpen(await open(subject.port, { localAddress: "127.0.0.9" })).socket.terminate();
    expect((await open(subject.port, { localAddress: "127.0.0.8" })).kind).not.toBe("open");
    expect(left()).toBe(2 * CAP);
    for (const socket of crowd) socket.destroy();
    await expect.poll(async () => (await open(subject.port, { localAddress: "127.0.0.8" })).kind).toBe("open");
  });
});
