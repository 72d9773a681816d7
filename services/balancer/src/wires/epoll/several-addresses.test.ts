import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { createLog } from "@bellwire/runtime";
import { expect, it, vi } from "vitest";
import { soon } from "../../testing/soon.ts";
import { openListener } from "../open-listener.ts";
import type { Wire } from "../wire.ts";

vi.mock("node:dns/promises", () => ({
  lookup: async () => ["127.0.0.3", "127.0.0.2", "127.0.0.1"].map((address) => ({ address, family: 4 })),
}));

it("a name's addresses are tried one after another until one accepts", async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((socket) => {
    seen.push(socket.localAddress);
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const told: string[] = [];
  const note = (what: string) => (): void => void told.push(what);
  const onWire = (wire: Wire): void => {
    const owner = { heard: note("heard"), ended: () => dialed.destroy(), closed: note("closed") };
    const dialed = wire.dial({ host: "several.example", port }, { ...owner, connected: note("connected") });
    wire.owner = { ...owner, ended: () => wire.destroy() };
  };
  const where = { host: "127.0.0.1", port: 0, reusePort: false };
  const listener = await openListener("auto", where, {
    onWire,
    onStarved: note("starved"),
    log: createLog("balancer", "silent").log,
  });
  const client = connect(listener.port, "127.0.0.1");
  await soon(() => told).toEqual(["connected", "closed"]);
  expect(seen).toEqual(["127.0.0.1"]);
  client.destroy();
  listener.close();
  server.close();
});
