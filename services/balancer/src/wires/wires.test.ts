import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createLog } from "@bellwire/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { soon } from "../testing/soon.ts";
import type { Listener } from "./listener.ts";
import { openListener } from "./open-listener.ts";
import type { DialOwner, Wire } from "./wire.ts";

const { log } = createLog("balancer", "silent");

const ignored = (): void => undefined;

/** An owner that notes what it is told, in order. */
class Notes implements DialOwner {
  readonly told: string[] = [];
  heardBytes = 0;
  text = "";

  connected(): void {
    this.told.push("connected");
  }

  heard(chunk: Buffer): void {
    this.heardBytes += chunk.length;
    if (this.heardBytes < 1_000) this.text += chunk.toString("latin1");
  }

  ended(): void {
    this.told.push("ended");
  }

  closed(): void {
    this.told.push("closed");
  }

  drained(): void {
    this.told.push("drained");
  }
}

const kinds = process.platform === "linux" ? (["epoll", "node"] as const) : (["node"] as const);

describe.each(kinds)("a wire of kind %s", (io) => {
  const leaving: (() => void)[] = [];
  afterEach(() => {
    for (const leave of leaving.splice(0)) leave();
  });

  async function open(onWire: (wire: Wire) => void, host = "127.0.0.1", port = 0): Promise<Listener> {
    const listener = await openListener(io, { host, port, reusePort: false }, { onWire, onStarved: ignored, log });
    leaving.push(() => listener.close());
    return listener;
  }

  /** One accepted wire with its notes, and the client at its other end. */
  async function pair(host = "127.0.0.1", to = host) {
    const notes = new Notes();
    const wires: Wire[] = [];
    const listener = await open((wire) => {
      wire.owner = notes;
      wires.push(wire);
    }, host);
    const client = connect({ host: to, port: listener.port, allowHalfOpen: true }).on("error", () => undefined);
    leaving.push(() => client.destroy());
    await soon(() => wires.length).toBe(1);
    return { wire: wires[0] as Wire, notes, client, listener };
  }

  /** A server that a wire can dial. */
  async function target(onSocket: (socket: Socket) => void, host = "127.0.0.1"): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      leaving.push(() => socket.destroy());
      onSocket(socket.on("error", () => undefined));
    });
    leaving.push(() => server.close());
    server.listen(0, host);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  it("is accepted by a listener of the kind that was asked for", async () => {
    const { wire, listener } = await pair();
    expect([listener.io, wire.remoteAddress, wire.encrypted, wire.destroyed]).toEqual([io, "127.0.0.1", false, false]);
  });

  it("carries bytes and one-byte text both ways", async () => {
    const { wire, notes, client } = await pair();
    client.write("caf\xe9", "latin1");
    await soon(() => notes.text).toBe("caf\xe9");
    wire.writeText("\xfcber");
    wire.write(Buffer.from(" here"));
    let received = "";
    client.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    await soon(() => received).toBe("\xfcber here");
  });

  it("keeps what the peer does not read, says so, and says when it is gone", async () => {
    const { wire, notes, client } = await pair();
    client.pause();
    const chunk = Buffer.alloc(1_000_000, "x");
    let written = 0;
    while (wire.write(chunk)) written += 1;
    wire.writeText("the end");
    const total = (written + 1) * chunk.length + 7;
    expect(wire.waiting).toBeGreaterThan(0);
    let received = 0;
    let last = "";
    client.on("data", (piece) => {
      received += piece.length;
      last = piece.toString("latin1").slice(-7);
    });
    client.resume();
    await soon(() => received).toBe(total);
    await soon(() => notes.told).toEqual(["drained"]);
    expect([wire.waiting, last]).toEqual([0, "the end"]);
  });

  it("hears a megabyte whole, though others are served in between", async () => {
    const { notes, client } = await pair();
    client.end(Buffer.alloc(1_000_000, "x"));
    await soon(() => [notes.heardBytes, notes.told]).toEqual([1_000_000, ["ended"]]);
  });

  it("hears nothing while paused, and all of it afterwards, the end too", async () => {
    const { wire, notes, client } = await pair();
    wire.pause();
    await new Promise<void>((resolve) => client.end("waiting", resolve));
    const other = await pair(); // The listener of another has been served, and so has what came before.
    other.client.write("x");
    await soon(() => other.notes.text).toBe("x");
    expect([notes.text, notes.told]).toEqual(["", []]);
    wire.resume();
    await soon(() => [notes.text, notes.told]).toEqual(["waiting", ["ended"]]);
  });

  it("may be half open either way, and is closed when both halves have ended", async () => {
    const { wire, notes, client } = await pair();
    client.end("last words");
    await soon(() => notes.told).toEqual(["ended"]);
    expect([wire.peerEnded, wire.destroyed]).toEqual([true, false]);
    let received = "";
    client.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    const ended = once(client, "end");
    wire.writeText("still ");
    wire.end("heard");
    wire.writeText("forgotten");
    await ended;
    expect(received).toBe("still heard");
    await soon(() => notes.told).toEqual(["ended", "closed"]);
    expect(wire.destroyed).toBe(true);
  });

  it("ends behind what still waits for the peer to read", async () => {
    const { wire, client } = await pair();
    client.pause();
    const chunk = Buffer.alloc(1_000_000, "x");
    let written = 1;
    while (wire.write(chunk)) written += 1;
    wire.end();
    let received = 0;
    client.on("data", (piece) => {
      received += piece.length;
    });
    client.resume();
    await once(client, "end");
    expect(received).toBe(written * chunk.length);
  });

  it("is closed once by a reset, and whoever waits for its end hears of it", async () => {
    const { wire, notes, client } = await pair();
    let gone = 0;
    wire.onGone(() => {
      gone += 1;
    });
    client.resetAndDestroy();
    await soon(() => [notes.told, gone]).toEqual([["closed"], 1]);
  });

  it("that is destroyed says so later, once, and is deaf and dumb from then on", async () => {
    const { wire, notes, client } = await pair();
    client.on("data", () => expect.unreachable());
    wire.destroy();
    wire.destroy();
    expect([wire.destroyed, notes.told]).toEqual([true, []]);
    expect(wire.write(Buffer.from("forgotten"))).toBe(true);
    client.write("unheard");
    await soon(() => notes.told).toEqual(["closed"]);
    await soon(() => client.closed || client.readableEnded).toBe(true);
    expect(notes.text).toBe("");
  });

  it("dials by address and by name, from the address that it is told", async () => {
    const { wire } = await pair();
    const from: (string | undefined)[] = [];
    const port = await target((socket) => {
      from.push(socket.remoteAddress);
      socket.end(`to ${socket.remoteAddress}`);
    });
    for (const to of [{ host: "127.0.0.1", localAddress: "127.0.0.77" }, { host: "localhost" }]) {
      const notes = new Notes();
      wire.dial({ ...to, port }, notes).resume();
      await soon(() => notes.told).toEqual(["connected", "ended"]);
      expect(notes.text).toBe(`to ${from.at(-1)}`);
    }
    expect(from).toEqual(["127.0.0.77", "127.0.0.1"]);
  });

  it.each([
    ["a port where nobody listens", { host: "127.0.0.1", port: 1 }],
    ["a name that does not exist", { host: "nowhere.invalid", port: 80 }],
    ["an address of ours that is not", { host: "127.0.0.1", port: 1, localAddress: "203.0.113.9" }],
  ])("that dials %s is closed without having connected", async (_, to) => {
    const { wire } = await pair();
    const notes = new Notes();
    const dialed = wire.dial(to, notes);
    expect(notes.told).toEqual([]);
    await soon(() => notes.told).toEqual(["closed"]);
    expect(dialed.destroyed).toBe(true);
  });

  it("can be given up while it dials", async () => {
    const { wire } = await pair();
    const notes = new Notes();
    for (const host of ["127.0.0.1", "localhost"]) wire.dial({ host, port: 1 }, notes).destroy();
    await soon(() => notes.told).toEqual(["closed", "closed"]);
  });

  it("passes streams on to others that are slower, beside each other, and loses or mixes nothing", async () => {
    const passOn = async (): Promise<void> => {
      const { wire, client } = await pair();
      const sent = randomBytes(12_000_000);
      const received: Buffer[] = [];
      const port = await target((socket) => {
        socket.on("data", (piece) => {
          received.push(piece);
          socket.pause();
          setTimeout(() => socket.resume(), 2);
        });
      });
      const notes = new Notes();
      const node = wire.dial({ host: "127.0.0.1", port }, notes);
      await soon(() => notes.told).toEqual(["connected"]);
      const silent = { heard: ignored, ended: ignored, closed: ignored };
      wire.owner = { ...silent, heard: (chunk) => void (node.write(chunk) || wire.pause()), ended: () => node.end() };
      node.owner = { ...silent, drained: () => wire.resume() };
      client.end(sent);
      await soon(() => received.reduce((sum, { length }) => sum + length, 0)).toBe(sent.length);
      expect(Buffer.concat(received).equals(sent)).toBe(true);
    };
    await Promise.all(Array.from({ length: 4 }, passOn));
  });

  it("can be left to Node's HTTP server, which finds it as it was, and its end is still told", async () => {
    const from: (string | undefined)[] = [];
    const http = createHttpServer((request, reply) => {
      from.push(request.socket.remoteAddress);
      request.resume().once("end", () => reply.end("ok"));
    });
    let gone = 0;
    const listener = await open((wire) => {
      wire.onGone(() => {
        gone += 1;
      });
      wire.owner = {
        heard: (chunk) => {
          const bytes = Buffer.from(chunk);
          const socket = wire.release();
          socket.unshift(bytes);
          http.emit("connection", socket);
          socket.resume();
        },
        ended: () => expect.unreachable(),
        closed: () => expect.unreachable(),
      };
    });
    const url = `http://127.0.0.1:${listener.port}/`;
    const answer = await fetch(url, { method: "POST", body: "x".repeat(300_000), headers: { connection: "close" } });
    expect([answer.status, await answer.text()]).toEqual([200, "ok"]);
    expect(from).toEqual(["127.0.0.1"]);
    await soon(() => gone).toBe(1);
  });

  it("tells where an IPv6 client comes from, and an IPv4 one on the same port", async () => {
    expect((await pair("::1")).wire.remoteAddress).toBe("::1");
    const plain = io === "epoll" ? "127.0.0.1" : "::ffff:127.0.0.1";
    expect((await pair("::", "127.0.0.1")).wire.remoteAddress).toBe(plain);
  });

  it("cannot listen where another does, and the error says where", async () => {
    const { listener } = await pair();
    await expect(open(() => undefined, "127.0.0.1", listener.port)).rejects.toMatchObject({
      code: "EADDRINUSE",
      message: `listen EADDRINUSE: address already in use 127.0.0.1:${listener.port}`,
    });
    await expect(open(() => undefined, "203.0.113.9")).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
  });

  it("is accepted no more once the listener is closed, and goes on if it was before", async () => {
    const { notes, client, listener } = await pair();
    listener.close();
    listener.close();
    client.write("still here");
    await soon(() => notes.text).toBe("still here");
    const late = connect({ host: "127.0.0.1", port: listener.port });
    const [error] = await once(late, "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
  });
});
