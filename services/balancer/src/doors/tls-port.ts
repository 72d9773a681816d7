import { readFile } from "node:fs/promises";
import { createSecureContext, createServer, type SecureContextOptions, type Server, type TLSSocket } from "node:tls";
import type { Log } from "@bellwire/runtime";
import type { Observer } from "../observing/observer.ts";
import { ignoreError } from "../wires/socket-wire.ts";

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** A port that ends TLS and hands on what is inside. Not yet listening; disposing ends the watch, not the port. */
export interface TlsPort extends Disposable {
  readonly server: Server;
}

/**
 * Reads certificate and key and looks at the files again every `reloadMs`: new ones serve from the next connection on,
 * bad ones are logged and the old stay. HTTP/1.1 only, so that browsers open WebSockets. Rejects if the files are bad now.
 */
export async function createTlsPort(
  files: TlsFiles,
  parts: {
    readonly handshakeMs: number;
    readonly reloadMs: number;
    readonly log: Log;
    readonly observer: Observer;
    readonly onClient: (socket: TLSSocket) => void;
  },
): Promise<TlsPort> {
  const { log, observer } = parts;
  let seen = await readChecked(files);
  const server = createServer(
    {
      ...seen,
      ALPNProtocols: ["http/1.1"],
      handshakeTimeout: parts.handshakeMs,
      noDelay: true,
    },
    (socket) => {
      socket.on("error", ignoreError);
      parts.onClient(socket);
    },
  );
  server.on("tlsClientError", (_error, socket) => {
    observer.dropped("tls");
    socket.destroy();
  });
  let refused = "";
  const look = async (): Promise<void> => {
    try {
      const pair = await readPair(files);
      if (isSame(pair, seen)) return;
      createSecureContext(pair); // Throws what TLS could not be spoken with, a key of another certificate included.
      server.setSecureContext(pair);
      seen = pair;
      refused = "";
      log.info({ cert: files.cert }, "certificate reloaded");
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message === refused) return;
      refused = message;
      observer.certificateRefused();
      log.error({ err: error, cert: files.cert }, "new certificate cannot be used; the old stays");
    }
  };
  const watch = setInterval(() => void look(), parts.reloadMs);
  return { server, [Symbol.dispose]: () => clearInterval(watch) };
}

type Pair = Required<Pick<SecureContextOptions, "cert" | "key">> & { readonly cert: Buffer; readonly key: Buffer };

async function readPair({ cert, key }: TlsFiles): Promise<Pair> {
  const [certBytes, keyBytes] = await Promise.all([readFile(cert), readFile(key)]);
  return { cert: certBytes, key: keyBytes };
}

async function readChecked(files: TlsFiles): Promise<Pair> {
  const pair = await readPair(files);
  createSecureContext(pair);
  return pair;
}

const isSame = (one: Pair, other: Pair): boolean => one.cert.equals(other.cert) && one.key.equals(other.key);
