import { describe, expect, it } from "vitest";
import { ChannelName, jsonCodec, type Push, type Reply, uniJsonCodec } from "./index.ts";

const parsed = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());
const channel = ChannelName.parse("promo:all");
const ada = { user: "ada", client: "c1", connInfo: '{"n":1}', chanInfo: "[2]" };
const wireAda = { user: "ada", client: "c1", conn_info: { n: 1 }, chan_info: [2] };

describe("a reply in JSON", () => {
  it.each<[string, Reply, object]>([
    [
      "the server's subscriptions on connect",
      {
        ...{ id: 1, method: "connect" },
        result: {
          ...{
            client: "c",
            version: "v",
            ping: 25,
            pong: true,
            expires: true,
            ttl: 9,
            session: "s",
            node: "n",
            time: 5,
          },
          data: '{"a":1}',
          subs: new Map([[channel, { epoch: "e", offset: 2, recoverable: true, positioned: true, data: "1" }]]),
        },
      },
      {
        connect: {
          ...{
            client: "c",
            version: "v",
            ping: 25,
            pong: true,
            expires: true,
            ttl: 9,
            session: "s",
            node: "n",
            time: 5,
          },
          data: { a: 1 },
          subs: { "promo:all": { epoch: "e", offset: 2, recoverable: true, positioned: true, data: 1 } },
        },
      },
    ],
    [
      "a subscription's expiry, data and form",
      { id: 1, method: "subscribe", result: { expires: true, ttl: 60, data: "{}", delta: true } },
      { subscribe: { expires: true, ttl: 60, data: {}, delta: true } },
    ],
    [
      "who is present",
      { id: 1, method: "presence", result: { presence: [ada, { user: "", client: "c2" }] } },
      { presence: { presence: { c1: wireAda, c2: { user: "", client: "c2" } } } },
    ],
    ["that nobody is present", { id: 1, method: "presence", result: { presence: [] } }, { presence: { presence: {} } }],
    [
      "how many are present",
      { id: 1, method: "presence_stats", result: { clients: 2, users: 1 } },
      { presence_stats: { num_clients: 2, num_users: 1 } },
    ],
    ["what an RPC returned", { id: 1, method: "rpc", result: { data: '{"a":[]}' } }, { rpc: { data: { a: [] } } }],
    ["that an RPC returned nothing", { id: 1, method: "rpc", result: {} }, { rpc: {} }],
    [
      "a subscription's new expiry",
      { id: 1, method: "sub_refresh", result: { expires: true, ttl: 5 } },
      { sub_refresh: { expires: true, ttl: 5 } },
    ],
    [
      "a connection's new expiry",
      { id: 1, method: "refresh", result: { client: "c", version: "v", expires: true, ttl: 5 } },
      { refresh: { client: "c", version: "v", expires: true, ttl: 5 } },
    ],
    [
      "history",
      { id: 1, method: "history", result: { epoch: "e", offset: 0, publications: [] } },
      { history: { epoch: "e", offset: 0, publications: [] } },
    ],
    [
      "the application's own error",
      { id: 1, error: { code: 1000, message: "sold out", temporary: true } },
      { error: { code: 1000, message: "sold out", temporary: true } },
    ],
  ])("says %s", (_what, reply, expected) => {
    expect(parsed(jsonCodec.reply(reply))).toEqual({ id: 1, ...expected });
  });
});

const pushes: ReadonlyArray<[string, Push, object]> = [
  ["who joined", { kind: "join", channel, info: ada }, { channel, join: { info: wireAda } }],
  ["who left", { kind: "leave", channel, info: ada }, { channel, leave: { info: wireAda } }],
  [
    "a subscription that the server added",
    {
      kind: "subscribe",
      channel,
      subscribed: { recoverable: true, positioned: true, epoch: "e", offset: 7, data: "1" },
    },
    { channel, subscribe: { recoverable: true, positioned: true, epoch: "e", offset: 7, data: 1 } },
  ],
  [
    "the end of a subscription by the table",
    { kind: "unsubscribe", channel, cause: "server" },
    { channel, unsubscribe: { code: 2000, reason: "server unsubscribe" } },
  ],
  [
    "the end of a subscription with a code of one's own",
    { kind: "unsubscribe", channel, cause: { code: 2100, reason: "moved" } },
    { channel, unsubscribe: { code: 2100, reason: "moved" } },
  ],
  ["a message", { kind: "message", data: '{"a":1}' }, { message: { data: { a: 1 } } }],
  [
    "the end of the connection",
    { kind: "disconnect", close: { code: 3503, reason: "force disconnect" } },
    { disconnect: { code: 3503, reason: "force disconnect" } },
  ],
  [
    "a unidirectional connect",
    { kind: "connect", result: { client: "c", version: "v", ping: 25 } },
    { connect: { client: "c", version: "v", ping: 25 } },
  ],
  [
    "a unidirectional refresh",
    { kind: "refresh", result: { expires: true, ttl: 5 } },
    { refresh: { expires: true, ttl: 5 } },
  ],
];

describe("a push in JSON", () => {
  it.each(pushes)("says %s", (_what, push, expected) => {
    expect(parsed(jsonCodec.push(push))).toEqual({ push: expected });
  });

  it.each(pushes)("says %s without its wrapper on unidirectional transports", (_what, push, expected) => {
    expect(parsed(uniJsonCodec.push(push))).toEqual(expected);
  });
});
