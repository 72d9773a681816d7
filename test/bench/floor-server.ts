import { type AddressInfo, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** The same as floor.c on Node's `net`: one write per socket and message, and nothing else. */
const payload = Number(process.argv[2] ?? 250);
const header =
  payload < 126 ? Buffer.from([0x81, payload]) : Buffer.from([0x81, 126, Math.floor(payload / 256), payload % 256]);
const frame = Buffer.concat([header, Buffer.alloc(payload, "x")]);
const sockets: Socket[] = [];

const server = createServer({ noDelay: true }, (socket) => {
  sockets.push(socket);
  socket.resume();
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => console.log(`port ${(server.address() as AddressInfo).port}`));

createInterface({ input: process.stdin })
  .on("line", (line) => {
    for (let message = 0; message < Number(line); message += 1) for (const socket of sockets) socket.write(frame);
    console.log("done");
  })
  .on("close", () => process.exit());
