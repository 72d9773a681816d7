import { Centrifuge as JsonSdk } from "centrifuge";
import { Centrifuge as ProtobufSdk } from "centrifuge/build/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import {
  ChannelName,
  type Close,
  type Codec,
  type Command,
  closes,
  type ErrorName,
  errors,
  jsonCodec,
  type ProtocolError,
  type Push,
  protobufCodec,
  type Reply,
  unsubscribes,
} from "./index.ts";

const channel = ChannelName.parse("promo:all");

/** What the server answers to a command. */
type Answer = (command: Command) => Reply;

const welcome: Answer = ({ id, method }) => {
  if (method === "connect") return { id, method, result: { client: "c1", version: "v", ping: 25, pong: true } };
  if (method === "subscribe")
    return { id, method, result: { recoverable: true, positioned: true, epoch: "e", offset: 0 } };
  return { id, error: "notAvailable" };
};

/** A server in one process with the SDK: the SDK takes it for its WebSocket. */
class Server {
  readonly #codec: Codec;
  readonly #answer: Answer;
  #socket: { onmessage(event: { data: unknown }): void; onclose(close: Close): void } | undefined;
  readonly websocket: new () => object;

  constructor(codec: Codec, answer: Answer) {
    this.#codec = codec;
    this.#answer = answer;
    const server = this;
    this.websocket = class {
      onopen = (): void => undefined;
      onmessage = (_event: { data: unknown }): void => undefined;
      onclose = (_close: Close): void => undefined;
      constructor() {
        server.#socket = this;
        queueMicrotask(() => this.onopen());
      }
      send(data: string | Uint8Array): void {
        server.#receive(Buffer.from(data as Uint8Array));
      }
      close(): void {
        if (server.#socket === this) server.#socket = undefined;
      }
    };
  }

  #receive(frame: Buffer): void {
    for (const incoming of this.#codec.decode(frame))
      if (incoming.kind === "command") this.#send(this.#codec.reply(this.#answer(incoming.command)));
  }

  push(push: Push): void {
    this.#send(this.#codec.push(push));
  }

  close(close: Close): void {
    this.#socket?.onclose(close);
  }

  #send(message: Uint8Array): void {
    const data = this.#codec.binary ? new Uint8Array(message).buffer : Buffer.from(message).toString();
    queueMicrotask(() => this.#socket?.onmessage({ data }));
  }
}

const clients: JsonSdk[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

describe.each([
  ["JSON", jsonCodec, JsonSdk],
  ["Protobuf", protobufCodec, ProtobufSdk as unknown as typeof JsonSdk],
])("the official SDK in %s", (_name, codec, Sdk) => {
  const start = (answer: Answer = welcome) => {
    const server = new Server(codec, answer);
    const client = new Sdk("ws://127.0.0.1:1", {
      websocket: server.websocket,
      getToken: async () => "t",
      minReconnectDelay: 60_000,
      maxReconnectDelay: 60_000,
    });
    clients.push(client);
    const subscription = client.newSubscription(channel, {
      getToken: async () => "s",
      minResubscribeDelay: 60_000,
      maxResubscribeDelay: 60_000,
    });
    const heard: unknown[] = [];
    for (const event of ["publication", "join", "leave"] as const)
      subscription.on(event as "publication", (context) => heard.push([event, plain(context)]));
    for (const event of ["message", "subscribed", "unsubscribed", "publication"] as const)
      client.on(event as "message", (context) => heard.push([event, plain(context)]));
    subscription.subscribe();
    client.connect();
    return { server, client, subscription, heard };
  };
  const started = async () => {
    const all = start();
    await Promise.all([all.client.ready(2_000), all.subscription.ready(2_000)]);
    return all;
  };
  const mayReturn = ({ code }: Close) => code < 3500 || (code >= 4000 && code < 4500);

  it.each<[string, Close]>([
    ...Object.entries(closes),
    ["an application's own, to come back", { code: 4001, reason: "moved" }],
    ["an application's own, for good", { code: 4501, reason: "banned" }],
  ])("comes back after a close, or does not, as its range says: %s", async (_cause, close) => {
    const { server, client } = await started();
    const ended = new Promise((resolve) => client.once(mayReturn(close) ? "connecting" : "disconnected", resolve));
    server.close(close);
    expect(await ended).toMatchObject(close);
    expect(client.state).toBe(mayReturn(close) ? "connecting" : "disconnected");
  });

  it.each(Object.entries(closes))(
    "takes the disconnect push of transports without close codes alike: %s",
    async (_cause, close) => {
      const { server, client } = await started();
      const ended = new Promise((resolve) => client.once(mayReturn(close) ? "connecting" : "disconnected", resolve));
      server.push({ kind: "disconnect", close });
      expect(await ended).toMatchObject(close);
    },
  );

  it.each(Object.entries(unsubscribes))(
    "subscribes again after an unsubscribe, or does not: %s",
    async (cause, unsubscribe) => {
      const { server, subscription } = await started();
      const again = unsubscribe.code >= 2500;
      const ended = new Promise((resolve) => subscription.once(again ? "subscribing" : "unsubscribed", resolve));
      server.push({ kind: "unsubscribe", channel, cause: cause as keyof typeof unsubscribes });
      expect(await ended).toMatchObject(unsubscribe);
      if (again) await subscription.ready(2_000);
    },
  );

  const own: ProtocolError = { code: 1_000, message: "sold out" };
  const refusals: ReadonlyArray<[string, ErrorName | ProtocolError, ProtocolError]> = [
    ...(Object.keys(errors) as ErrorName[]).map((name): [string, ErrorName, ProtocolError] => [
      name,
      name,
      errors[name],
    ]),
    ["the application's own", own, own],
  ];
  const isRetried = ({ temporary, code }: ProtocolError) => temporary === true || code === 109;

  it.each(refusals)(
    "subscribes again after an error, or does not, as the table says: %s",
    async (_name, error, expected) => {
      const { subscription } = start((command) =>
        command.method === "subscribe" ? { id: command.id, error } : welcome(command),
      );
      const ended = new Promise((resolve) =>
        subscription.once(isRetried(expected) ? "error" : "unsubscribed", resolve),
      );
      const context = (await ended) as { readonly code?: number; readonly error?: { readonly code: number } };
      expect(context.error?.code ?? context.code).toBe(expected.code);
      expect(subscription.state).toBe(isRetried(expected) ? "subscribing" : "unsubscribed");
    },
  );

  it.each(refusals)(
    "connects again after an error, or does not, as the table says: %s",
    async (_name, error, expected) => {
      const { client } = start(({ id }) => ({ id, error }));
      const ended = new Promise((resolve) => client.once(isRetried(expected) ? "error" : "disconnected", resolve));
      const context = (await ended) as { readonly code?: number; readonly error?: { readonly code: number } };
      expect(context.error?.code ?? context.code).toBe(expected.code);
      await expect.poll(() => client.state).toBe(isRetried(expected) ? "connecting" : "disconnected");
    },
  );

  it("hears every push", async () => {
    const { server, heard } = await started();
    const info = { user: "ada", client: "c2", connInfo: '{"a":1}', chanInfo: "[2]" };
    const wireInfo = { user: "ada", client: "c2", connInfo: { a: 1 }, chanInfo: [2] };
    const added = ChannelName.parse("personal:#ada");
    const publication = { data: '{"n":1}', offset: 1, info, tags: { a: "b" } };
    const said = { data: { n: 1 }, offset: 1, info: wireInfo, tags: { a: "b" } };
    server.push({ kind: "publication", channel, publication });
    server.push({ kind: "join", channel, info });
    server.push({ kind: "leave", channel, info });
    server.push({ kind: "message", data: '{"m":1}' });
    server.push({
      kind: "subscribe",
      channel: added,
      subscribed: { recoverable: true, positioned: true, epoch: "e", offset: 4, data: "7" },
    });
    server.push({ kind: "publication", channel: added, publication: { ...publication, offset: 5 } });
    server.push({ kind: "unsubscribe", channel: added, cause: "server" });
    await expect.poll(() => heard.length, { timeout: 2_000 }).toBe(7);
    expect(heard).toMatchObject([
      ["publication", said],
      ["join", { info: wireInfo }],
      ["leave", { info: wireInfo }],
      ["message", { data: { m: 1 } }],
      ["subscribed", { channel: added, recoverable: true, positioned: true, data: 7 }],
      ["publication", { channel: added, ...said, offset: 5 }],
      ["unsubscribed", { channel: added }],
    ]);
  });
});

/** Payloads that the Protobuf build gives as bytes, as values. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return JSON.parse(Buffer.from(value).toString());
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
