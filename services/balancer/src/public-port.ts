import { createServer } from "node:net";
import type { Front } from "./front.ts";
import type { Limits } from "./limits.ts";
import type { Observer } from "./observer.ts";
import { listen } from "./side-doors.ts";
import { SocketWire } from "./wires/socket-wire.ts";

/** The plain port that clients connect to. */
export interface PublicPort {
  readonly port: number;
  /** Accepts nobody any more; what has been accepted goes on. */
  close(): void;
}

/** Listens. Rejects when the port is taken. */
export async function openPublicPort(
  front: Front,
  where: { readonly host: string; readonly port: number; readonly reusePort: boolean },
  parts: { readonly limits: Limits; readonly observer: Observer },
): Promise<PublicPort> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    front.take(SocketWire.accepted(socket)),
  );
  server.maxConnections = parts.limits.connections;
  server.on("drop", () => parts.observer.dropped("connections"));
  return { port: await listen(server, where), close: () => server.close() };
}
