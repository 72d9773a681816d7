import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { Accepting, Listener, Listening } from "./listener.ts";
import { SocketWire } from "./socket-wire.ts";

/** Connections that the kernel keeps until they are accepted. */
export const BACKLOG = 4_096;

/** Resolves with the port, which the system chooses for 0. Rejects when it is taken. */
export async function listen(server: Server, where: Listening): Promise<number> {
  server.listen({ ...where, backlog: BACKLOG });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Listens with Node's sockets. What they do without a free descriptor is libuv's to know: they never starve. */
export async function openSocketListener(where: Listening, { onWire }: Pick<Accepting, "onWire">): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => onWire(SocketWire.accepted(socket)));
  return { port: await listen(server, where), io: "node", close: () => server.close() };
}
