import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP way to a server that a test can cut and mend. */
export class CuttablePath implements AsyncDisposable {
  readonly port: number;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no TCP port");
    this.port = address.port;
    this.#target = target;
    this.#take(server);
  }

  /** Listens on a free port of the loopback and forwards to `url`'s host and port. */
  static async to(url: string): Promise<CuttablePath> {
    const { hostname, port } = new URL(url);
    return new CuttablePath(await listen(0), { host: hostname, port: Number(port) });
  }

  /** Ends every connection at once and refuses new ones. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    if (server?.listening) await once(server, "close");
  }

  async mend(): Promise<void> {
    this.#take(await listen(this.port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  #take(server: Server): void {
    this.#server = server;
    server.on("connection", (near) => {
      const far = connect(this.#target);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
