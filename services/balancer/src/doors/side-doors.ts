import type { Server, Socket } from "node:net";
import type { Log } from "@bellwire/runtime";
import type { Doors } from "../config/doors.ts";
import type { Forwarding } from "../forwarding/forwarding.ts";
import { Announced } from "../trust/announced.ts";
import { createProxyPort } from "../trust/proxy-port.ts";
import { listen } from "../wires/socket-listener.ts";
import { SocketWire } from "../wires/socket-wire.ts";
import type { Front } from "./front.ts";
import { createTlsPort } from "./tls-port.ts";

/** The ports besides the plain one that are configured. Disposing ends what belongs to them, not their connections. */
export interface SideDoors extends Disposable {
  readonly servers: readonly Server[];
  readonly tlsPort: number | undefined;
  readonly proxyPort: number | undefined;
}

/** Opens them. Rejects when a port is taken or a certificate cannot be used. */
export async function openSideDoors(
  { proxy, tls }: Doors,
  parts: {
    readonly host: string;
    readonly reusePort: boolean;
    readonly front: Front;
    readonly forwarding: Forwarding;
    readonly log: Log;
  },
): Promise<SideDoors> {
  const { host, reusePort, front, forwarding, log } = parts;
  const { limits, sweep, observer } = forwarding;
  using opening = new DisposableStack();
  const open = async (server: Server, port: number): Promise<number> => {
    server.maxConnections = limits.connections;
    server.on("drop", () => observer.dropped("connections"));
    return listen(server, { host, port, reusePort });
  };
  const servers: Server[] = [];
  const announced = new Announced();
  let proxyPort: number | undefined;
  let tlsPort: number | undefined;
  let ended: Server | undefined;
  if (tls !== undefined) {
    const port = opening.use(
      await createTlsPort(tls, {
        handshakeMs: limits.headerMs,
        reloadMs: tls.reloadMs,
        log,
        observer,
        onClient: (socket) => front.take(SocketWire.accepted(socket), announced.of(socket)),
      }),
    );
    ended = port.server;
    tlsPort = await open(ended, tls.port);
    opening.defer(() => port.server.close());
    servers.push(ended);
  }
  if (proxy !== undefined) {
    const take = (socket: Socket, source: string | undefined): void => {
      front.take(SocketWire.accepted(socket), source);
      socket.resume();
    };
    const throughTls = (socket: Socket, source: string | undefined): void => {
      announced.note(socket, source);
      ended?.emit("connection", socket);
    };
    const onClient = proxy.tls ? throughTls : take;
    const server = createProxyPort(proxy.from, { sweep, observer, headerMs: limits.proxyHeaderMs, onClient });
    proxyPort = await open(server, proxy.port);
    opening.defer(() => server.close());
    servers.push(server);
  }
  const held = opening.move();
  return { servers, tlsPort, proxyPort, [Symbol.dispose]: () => held.dispose() };
}
