import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FaultPath } from "./fault-path.ts";

let stage: AsyncDisposableStack;
let path: FaultPath;
/** The server's ends of the connections. */
let served: Socket[];

beforeEach(async () => {
  stage = new AsyncDisposableStack();
  served = [];
  const server = createServer((socket) => {
    served.push(socket);
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  stage.defer(() => {
    for (const socket of served) socket.destroy();
    server.close();
  });
  const address = server.address();
  path = stage.use(await FaultPath.to(`tcp://127.0.0.1:${typeof address === "object" ? address?.port : 0}`));
});
afterEach(() => stage.disposeAsync());

it("carries bytes both ways, and the end", async () => {
  const client = await visitor();
  client.socket.write("hello");
  await expect.poll(() => served.length).toBe(1);
  const [server] = served;
  expect(String(await once(server as Socket, "data"))).toBe("hello");
  server?.end("bye");
  await expect.poll(() => client.ended).toBe(true);
  expect(client.text()).toBe("bye");
});

it("tells a witness what is handed on to the server, and nothing of what is held back", async () => {
  let heard = "";
  path.watch(() => (bytes) => {
    heard += bytes;
  });
  const client = await echoed();
  path.weather({ hole: true }, "up");
  client.socket.write("held back");
  served[0]?.write("down");
  await expect.poll(() => client.text()).toBe("down");
  expect(heard).not.toContain("held back");
  path.weather({});
  await expect.poll(() => heard).toContain("held back");
});

it("cut: ends what is there and refuses what comes, until it is mended", async () => {
  const client = await visitor();
  await path.cut();
  await expect.poll(() => client.closed).toBe(true);
  await expect(visitor()).rejects.toThrow("ECONNREFUSED");
  await path.mend();
  await visitor();
});

it("reset: ends what is there and takes what comes", async () => {
  const client = await visitor();
  path.reset();
  await expect.poll(() => client.closed).toBe(true);
  await visitor();
});

it("a hole in one direction lets the other pass, and nothing is lost when it closes", async () => {
  const client = await echoed();
  path.weather({ hole: true }, "up");
  client.socket.write("one ");
  served[0]?.write("still down ");
  await expect.poll(() => client.text()).toBe("still down ");
  path.weather({});
  client.socket.write("two");
  await expect.poll(() => client.text()).toBe("still down one two");
});

it("delay: every byte is late, in order, and the rate stays", async () => {
  const client = await echoed();
  path.weather({ delayMs: 60 }, "down");
  const began = performance.now();
  for (const word of ["a", "b", "c", "d", "e", "f"]) {
    client.socket.write(word);
    await new Promise(setImmediate);
  }
  await expect.poll(() => client.text(), { interval: 1 }).toBe("abcdef");
  expect(performance.now() - began).toBeGreaterThan(59);
});

it("throttle: bytes trickle at the rate", async () => {
  const client = await echoed();
  path.weather({ bytesPerSecond: 10_000 }, "up");
  const began = performance.now();
  client.socket.write("x".repeat(2_000));
  await expect.poll(() => client.text().length, { interval: 1, timeout: 5_000 }).toBe(2_000);
  expect(performance.now() - began).toBeGreaterThan(150);
});

it("half open: the server is rid of the connection, and who connected is not told", async () => {
  const client = await echoed();
  path.halfOpen();
  await expect.poll(() => served[0]?.destroyed).toBe(true);
  client.socket.write("nobody hears this");
  const other = await echoed();
  other.socket.write("hello");
  await expect.poll(() => other.text()).toBe("hello");
  expect(client.closed).toBe(false);
  await path.mend();
  await expect.poll(() => client.closed).toBe(true);
});

interface Visitor {
  readonly socket: Socket;
  text(): string;
  ended: boolean;
  closed: boolean;
}

async function visitor(): Promise<Visitor> {
  const socket = connect(path.port, path.host);
  stage.defer(() => void socket.destroy());
  let text = "";
  const seen: Visitor = { socket, text: () => text, ended: false, closed: false };
  socket.on("data", (bytes) => {
    text += bytes;
  });
  socket.on("end", () => {
    seen.ended = true;
  });
  socket.on("close", () => {
    seen.closed = true;
  });
  await once(socket, "connect");
  socket.on("error", () => undefined);
  return seen;
}

/** A visitor whose words the server says back. */
async function echoed(): Promise<Visitor> {
  const before = served.length;
  const client = await visitor();
  await expect.poll(() => served.length).toBe(before + 1);
  const server = served.at(-1);
  server?.on("data", (bytes) => server.write(bytes));
  return client;
}
