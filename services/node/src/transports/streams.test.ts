import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNodes, type TestNodes } from "../testing/nodes.ts";
import { type Connected, StreamClient } from "../testing/stream-client.ts";

const json = { "content-type": "application/json" };

describe.each(["http_stream", "sse"] as const)("%s", (transport) => {
  let cluster: TestNodes;
  beforeAll(async () => {
    cluster = await startNodes(2);
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  const path = `/connection/${transport}`;
  const command = async (user: string, ...more: object[]) =>
    [{ id: 1, connect: { token: await cluster.token(user) } }, ...more].map((one) => JSON.stringify(one)).join("\n");
  const posted = (body: string, headers: Record<string, string> = json) =>
    StreamClient.open(`${cluster.url()}${path}`, { method: "POST", headers, body });
  const emulate = (
    { session, node }: Pick<Connected, "session" | "node">,
    commands: readonly object[],
    { index = 0, headers = json }: { readonly index?: number; readonly headers?: Record<string, string> } = {},
  ) =>
    fetch(`${cluster.url(index)}/emulation`, {
      method: "POST",
      headers,
      body: JSON.stringify({ session, node, data: commands.map((one) => JSON.stringify(one)).join("\n") }),
    });

  it("answers the connect command with the session's secret and node, and pushes as it comes", async () => {
    using client = await posted(await command("ada", { id: 2, subscribe: { channel: "orders:user#ada" } }));
    expect(client.answer.status).toBe(200);
    expect(client.answer.headers.get("cache-control")).toBe("no-store, no-transform");
    expect(client.answer.headers.get("x-accel-buffering")).toBe("no");
    expect(client.answer.headers.get("content-encoding")).toBeNull();
    const { session, node, pong } = await client.connected();
    expect(Buffer.from(session ?? "", "base64url").length).toBeGreaterThanOrEqual(16);
    expect({ node, pong }).toEqual({ node: "node-0", pong: true });
    await client.reply(2);
    await cluster.publish("orders:user#ada", { step: 1 });
    expect(await client.find(({ push }) => push?.pub?.data)).toEqual({ step: 1 });
  });

  it.each([0, 1])(
    "takes later commands from POSTs to node %i, in their order, and answers on the stream",
    async (index) => {
      using client = await posted(await command("bea"));
      const connected = await client.connected();
      const commands = Array.from({ length: 40 }, (_, n) => ({ id: n + 2, history: { channel: "orders:user#bea" } }));
      const answer = await emulate(connected, [{ id: 100, subscribe: { channel: "orders:user#bea" } }, ...commands], {
        index,
      });
      expect(answer.status).toBe(204);
      await client.reply(41);
      expect(client.messages.map(({ id }) => id)).toEqual([1, 100, ...commands.map(({ id }) => id)]);
      expect(await cluster.metric(`bellwire_emulation_posts_total{outcome="taken",where="elsewhere"}`, 1)).toBe(index);
    },
  );

  it("has no ear for a session that is guessed, over, or of a node that is not there", async () => {
    using client = await posted(await command("cid"));
    const { session = "", node = "" } = await client.connected();
    const commands = [{ id: 2, subscribe: { channel: "orders:user#cid" } }];
    const guess = `${session.startsWith("A") ? "B" : "A"}${session.slice(1)}`;
    for (const index of [0, 1]) {
      expect((await emulate({ session: guess, node }, commands, { index })).status).toBe(404);
      expect((await emulate({ session, node: "node-9" }, commands, { index })).status).toBe(404);
      expect((await emulate({ session, node: "node-1" }, commands, { index })).status).toBe(404);
    }
    client[Symbol.dispose]();
    await expect.poll(async () => (await emulate({ session, node }, commands, { index: 1 })).status).toBe(404);
  });

  it("ends with a push that says why", async () => {
    using client = await posted(JSON.stringify({ id: 1, connect: { token: "forged" } }));
    expect(await client.disconnected()).toEqual({ code: 3500, reason: "invalid token" });
    await client.end();
    using stranger = await posted(JSON.stringify({ id: 1, rpc: {} }));
    expect(await stranger.disconnected()).toEqual({ code: 3501, reason: "bad request" });
    using silly = await posted("no protocol");
    expect(await silly.disconnected()).toEqual({ code: 3501, reason: "bad request" });
  });

  it("refuses a first frame that is missing or too large", async () => {
    expect((await posted("")).answer.status).toBe(400);
    expect((await posted(`{"id":1,"connect":{"name":"${"x".repeat(65_536)}"}}`)).answer.status).toBe(413);
    expect((await fetch(`${cluster.url()}${path}`, { method: "HEAD" })).status).toBe(404);
  });

  it("and its emulation are for pages of allowed origins alone", async () => {
    const evil = { ...json, origin: "https://evil.example" };
    const friend = { ...json, origin: "http://localhost:8020" };
    expect((await posted(await command("dan"), evil)).answer.status).toBe(403);
    using client = await posted(await command("dan"), friend);
    expect(client.answer.headers.get("access-control-allow-origin")).toBe("http://localhost:8020");
    const connected = await client.connected();
    const commands = [{ id: 2, subscribe: { channel: "orders:user#dan" } }];
    expect((await emulate(connected, commands, { headers: evil })).status).toBe(403);
    const answer = await emulate(connected, commands, { headers: friend });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("http://localhost:8020");
    for (const [url, origin, status] of [
      [path, friend.origin, 204],
      ["/emulation", friend.origin, 204],
      ["/emulation", evil.origin, 403],
    ] as const) {
      const headers = {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      };
      const preflight = await fetch(`${cluster.url()}${url}`, { method: "OPTIONS", headers });
      expect(preflight.status).toBe(status);
      if (status === 204) expect(preflight.headers.get("access-control-allow-headers")).toBe("Content-Type");
    }
  });

  it("is counted by its name", async () => {
    using client = await posted(await command("eve"));
    await client.connected();
    expect(await cluster.metric(`bellwire_connections{transport="${transport}"}`)).toBeGreaterThan(0);
    expect(await cluster.metric(`bellwire_connections_opened_total{transport="${transport}"}`)).toBeGreaterThan(0);
  });
});

describe("an event stream", () => {
  it("takes the connect command from the query, as EventSource sends it", async () => {
    await using cluster = await startNodes(1);
    const url = `${cluster.url()}/connection/sse`;
    const command = JSON.stringify({ id: 1, connect: { token: await cluster.token("fay") } });
    using client = await StreamClient.open(`${url}?${new URLSearchParams({ cf_connect: command })}`);
    expect((await client.connected()).session).toBeDefined();
    expect(client.answer.headers.get("content-type")).toBe("text/event-stream");
    expect(client.text).toMatch(/^\r\ndata: \{.*\}\n\n$/);
    expect((await fetch(url)).status).toBe(400);
  });
});
