import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const SDK = join(ROOT, "node_modules/centrifuge/build/index.mjs");
/** Where the page of the SDK takes it from; here it is this server instead. */
const CDN = /https:\/\/cdn\.jsdelivr\.net\/[^"]+/;

/** A shop's own web server, with the pages of the documentation as they are. */
export class ExamplePages implements AsyncDisposable {
  readonly #server: Server;
  readonly url: string;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async serve(): Promise<ExamplePages> {
    const server = createServer(async ({ url = "/" }, reply) => {
      const [path = ""] = url.split("?");
      const file = path === "/sdk.mjs" ? SDK : join(ROOT, "test/examples/subscribe", path);
      const text = await readFile(file, "utf8").catch(() => undefined);
      if (text === undefined) return reply.writeHead(404).end();
      const type = path.endsWith(".mjs") ? "text/javascript" : "text/html";
      return reply.writeHead(200, { "content-type": type }).end(text.replace(CDN, "/sdk.mjs"));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ExamplePages(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
