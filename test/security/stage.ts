import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NodeProcess } from "./node-process.ts";
import { RawClient } from "./raw-client.ts";
import { good, keys, rsaPem, signed } from "./tokens.ts";

export const API_KEY = "the-key-of-these-tests";
export const SECRET = "the-secret-of-these-tests";
/** Connections that the second node takes. */
export const FEW = 20;

/** Two nodes that trust one public key and one published key set, and a server that counts who asks it. */
export class Stage implements AsyncDisposable {
  readonly node: NodeProcess;
  readonly #small: NodeProcess;
  /** Paths that the identity provider, or whom a token called one, was asked for. */
  readonly fetched: string[];
  readonly providerUrl: string;
  readonly #stack: AsyncDisposableStack;

  private constructor(parts: {
    nodes: [NodeProcess, NodeProcess];
    fetched: string[];
    providerUrl: string;
    stack: AsyncDisposableStack;
  }) {
    [this.node, this.#small] = parts.nodes;
    this.fetched = parts.fetched;
    this.providerUrl = parts.providerUrl;
    this.#stack = parts.stack;
  }

  static async start(): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const fetched: string[] = [];
    const provider = createServer((request, response) => {
      fetched.push(request.url ?? "");
      const jwk = { ...keys.published.publicKey.export({ format: "jwk" }), kid: "1", use: "sig" };
      response.end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
    stack.defer(() => stop(provider));
    const providerUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    const folder = mkdtempSync(join(tmpdir(), "bellwire-security-"));
    stack.defer(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "config.json");
    writeFileSync(file, JSON.stringify(settings(providerUrl)));
    const env = { BELLWIRE_CONFIG: file, BELLWIRE_API_KEY: API_KEY, BELLWIRE_TOKEN_SECRET: SECRET };
    const node = stack.use(await NodeProcess.start(env));
    const small = stack.use(await NodeProcess.start({ ...env, BELLWIRE_NODE_MAX_CONNECTIONS: String(FEW) }));
    return new Stage({ nodes: [node, small], fetched, providerUrl, stack: stack.move() });
  }

  /** The node's own address: no balancer stands before it. */
  get url(): string {
    return `http://127.0.0.1:${this.node.port}`;
  }

  get websocketUrl(): string {
    return `${this.url.replace("http", "ws")}/connection/websocket`;
  }

  get smallUrl(): string {
    return `ws://127.0.0.1:${this.#small.port}/connection/websocket`;
  }

  as(user: string): Promise<RawClient> {
    return RawClient.connected(this.websocketUrl, signed(good(user)));
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  }

  /** What the backend of the shop publishes. */
  async publish(channel: string, data: unknown): Promise<void> {
    const answer = await this.post("/api/publish", { channel, data }, { "x-api-key": API_KEY });
    if (!("result" in ((await answer.json()) as object))) throw new Error("not published");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

const settings = (providerUrl: string) => ({
  namespaces: {
    // As open as a namespace of orders can be made: what holds is the name.
    orders: { presence: "subscribers", joinLeave: "forced", publish: "subscribers" },
    club: { subscribe: "anyone", publish: "subscribers", historySize: 10, presence: "subscribers" },
  },
  tokens: {
    publicKeys: [{ pem: rsaPem }],
    jwks: { url: `${providerUrl}/keys`, cooldownMs: 600_000 },
    audiences: ["push"],
    issuers: ["shop"],
  },
  allowedOrigins: ["https://shop.example"],
  limits: { connectMs: 1_000, errors: { burst: 1_000, perSecond: 100 } },
});

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
