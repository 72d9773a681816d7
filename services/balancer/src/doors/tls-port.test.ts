import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { selfSigned } from "../testing/certificate.ts";
import { echoNode } from "../testing/nodes.ts";
import { v1 } from "../testing/proxy-headers.ts";
import { connectRaw, upgradeText } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";
import { activeOn, startStage } from "../testing/stage.ts";

async function certificateFiles(name: string) {
  const folder = await mkdtemp(join(tmpdir(), "balancer-tls-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const write = async (pair: { readonly cert: string; readonly key: string }) => {
    await writeFile(cert, pair.cert);
    await writeFile(key, pair.key);
  };
  await write(selfSigned(name));
  const env = {
    BELLWIRE_BALANCER_TLS_PORT: "0",
    BELLWIRE_BALANCER_TLS_CERT: cert,
    BELLWIRE_BALANCER_TLS_KEY: key,
    BELLWIRE_BALANCER_TLS_RELOAD_MS: "50",
  };
  return { cert, env, write, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

async function connectTls(port: number, protocols: string[] = []): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: protocols });
  await once(socket, "secureConnect");
  return socket;
}

/** TLS after a PROXY header. */
async function connectBehindProxy(port: number, header: string): Promise<TLSSocket> {
  const raw = connectPlain({ host: "127.0.0.1", port });
  raw.write(header, "latin1");
  const socket = connect({ socket: raw, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  return socket;
}

/** The name in the certificate that a new connection is shown. */
async function shownName(port: number): Promise<unknown> {
  const socket = await connectTls(port);
  const name = socket.getPeerCertificate().subject.CN;
  socket.destroy();
  return name;
}

it("a WebSocket over TLS reaches a node, which is told so and knows the client's address", async () => {
  await using files = await certificateFiles("shop.example");
  await using node = await echoNode();
  await using stage = await startStage([node], files.env);
  const socket = new WebSocket(`wss://127.0.0.1:${stage.tlsPort}/connection/websocket`, { rejectUnauthorized: false });
  await once(socket, "open");
  socket.send("x".repeat(200_000));
  const [data] = await once(socket, "message");
  expect(String(data).length).toBe(200_000);
  expect(node.seen[0]?.headers["x-forwarded-proto"]).toBe("https");
  expect(node.seen[0]?.headers["x-forwarded-for"]).toBe("127.0.0.1");
  socket.close();
  await soon(() => activeOn(stage)).toBe(0);
  const plain = new WebSocket(`ws://${stage.url}/connection/websocket`);
  await once(plain, "open");
  expect(node.seen[1]?.headers["x-forwarded-proto"]).toBe("http");
  plain.terminate();
});

it("only HTTP/1.1 is agreed on, and who offers only HTTP/2 is refused", async () => {
  await using files = await certificateFiles("shop.example");
  await using stage = await startStage([], files.env);
  const both = await connectTls(stage.tlsPort, ["h2", "http/1.1"]);
  expect(both.alpnProtocol).toBe("http/1.1");
  both.destroy();
  await expect(connectTls(stage.tlsPort, ["h2"])).rejects.toThrow();
  await soon(() => stage.metric('bellwire_balancer_connections_dropped_total{cause="tls"}')).toBeGreaterThanOrEqual(1);
});

it("new files serve from the next connection on; a bad pair changes nothing", async () => {
  await using files = await certificateFiles("old.example");
  await using node = await echoNode();
  await using stage = await startStage([node], files.env);
  const open = await connectTls(stage.tlsPort);
  expect(await shownName(stage.tlsPort)).toBe("old.example");
  await files.write(selfSigned("new.example"));
  await soon(() => shownName(stage.tlsPort)).toBe("new.example");
  const refused = () => stage.metric("bellwire_balancer_certificates_refused_total");
  const before = (await refused()) ?? 0; // The pair may have been read half-written.
  await writeFile(files.cert, "nothing");
  await soon(refused).toBe(before + 1);
  await writeFile(files.cert, selfSigned("other.example").cert); // Not that of the key.
  await soon(refused).toBe(before + 2);
  expect(await shownName(stage.tlsPort)).toBe("new.example");
  await files.write(selfSigned("third.example"));
  await soon(() => shownName(stage.tlsPort)).toBe("third.example");
  open.write(upgradeText());
  const [answer] = await once(open, "data");
  expect(String(answer)).toContain(" 101 ");
  open.destroy();
});

it("a client that never finishes its handshake is dropped at the header limit", async () => {
  await using files = await certificateFiles("shop.example");
  await using stage = await startStage([], { ...files.env, BELLWIRE_BALANCER_HEADER_MS: "300" });
  using client = connectRaw(stage.tlsPort);
  await soon(() => client.closed || client.ended).toBe(true);
});

it("the balancer does not start with files that cannot be used", async () => {
  await using files = await certificateFiles("shop.example");
  await writeFile(files.cert, "nothing");
  await expect(startStage([], files.env)).rejects.toThrow();
});

it("TLS behind a PROXY header is ended, and the node is told of the client that the header names", async () => {
  await using files = await certificateFiles("shop.example");
  await using node = await echoNode();
  await using stage = await startStage([node], {
    ...files.env,
    ...{
      BELLWIRE_BALANCER_PROXY_PORT: "0",
      BELLWIRE_BALANCER_PROXY_FROM: "127.0.0.0/8",
      BELLWIRE_BALANCER_PROXY_TLS: "true",
    },
  });
  for (const [index, address] of ["203.0.113.7", "2001:db8::7"].entries()) {
    const socket = await connectBehindProxy(stage.proxyPort, v1(address));
    socket.write(upgradeText());
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /);
    const { headers } = node.seen[index] ?? {};
    expect([headers?.["x-forwarded-for"], headers?.["x-forwarded-proto"]]).toEqual([address, "https"]);
    socket.destroy();
  }
  const straight = await connectTls(stage.tlsPort);
  straight.write(upgradeText());
  await once(straight, "data");
  expect(node.seen[2]?.headers["x-forwarded-for"]).toBe("127.0.0.1");
  straight.destroy();

  // Plain text is not TLS, and TLS without a header is no PROXY header.
  using plain = connectRaw(stage.proxyPort);
  plain.send(v1("203.0.113.7") + upgradeText());
  await soon(() => plain.ended).toBe(true);
  expect(plain.received).not.toContain("HTTP/1.1");
  await expect(connectTls(stage.proxyPort)).rejects.toThrow();
  expect(node.seen).toHaveLength(3);
});
