import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChannelName, jsonCodec } from "./index.ts";

const decode = (text: string) => [...jsonCodec.decode(Buffer.from(text))];
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const channel = ChannelName.parse("orders:user#ada");

describe("a client frame in JSON", () => {
  it("holds several commands, one a line, with an optional last newline", () => {
    const frame = '{"id":1,"connect":{"token":"t"}}\n{"id":2,"subscribe":{"channel":"promo:all"}}\n{}\n';
    expect(decode(frame)).toEqual([
      { kind: "command", command: { id: 1, method: "connect", request: { token: "t" } } },
      { kind: "command", command: { id: 2, method: "subscribe", request: { channel: "promo:all" } } },
      { kind: "pong" },
    ]);
  });

  it("keeps what a client publishes and drops fields that are not known", () => {
    const [first] = decode('{"id":7,"publish":{"channel":"a","data":{"deep":[1]},"extra":1},"more":2}');
    expect(first).toEqual({
      kind: "command",
      command: { id: 7, method: "publish", request: { channel: "a", data: '{"deep":[1]}' } },
    });
  });

  it.each([
    ["nothing", ""],
    ["a lone newline", "\n"],
    ["no JSON", "hello"],
    ["an array", "[]"],
    ["null", "null"],
    ["a number", "5"],
    ["a negative id", '{"id":-1,"connect":{}}'],
    ["a fractional id", '{"id":1.5,"connect":{}}'],
    ["an id past uint32", '{"id":4294967296,"connect":{}}'],
    ["an id that is text", '{"id":"1","connect":{}}'],
    ["a command without an id", '{"subscribe":{"channel":"a"}}'],
  ])("is a violation if it holds %s", (_name, frame) => {
    expect(decode(frame)[0]).toEqual({ kind: "violation", close: "badRequest" });
  });

  it("may hold messages that want no answer, which need data", () => {
    expect(decode('{"send":{"data":{"a": 1}}}')).toEqual([{ kind: "send", data: '{"a":1}' }]);
    expect(decode('{"send":{}}')).toEqual([{ kind: "violation", close: "badRequest" }]);
  });

  it.each([
    [
      '{"connect":{"headers":{"X-A":"1"},"subs":{"a":{"recover":true,"epoch":"e","offset":3}},"data":null,"flag":1}}',
      { headers: { "X-A": "1" }, subs: { a: { recover: true, epoch: "e", offset: 3 } }, data: "null", flag: 1 },
    ],
    [
      '{"subscribe":{"channel":"a","token":"t","data":[ 1 ],"positioned":true,"recoverable":true,"join_leave":true,"delta":"fossil"}}',
      {
        ...{ channel: "a", token: "t", data: "[1]" },
        ...{ positioned: true, recoverable: true, join_leave: true, delta: "fossil" },
      },
    ],
    ['{"presence":{"channel":"a"}}', { channel: "a" }],
    ['{"presence_stats":{"channel":"a"}}', { channel: "a" }],
    ['{"rpc":{"method":"shown","data":{}}}', { method: "shown", data: "{}" }],
    ['{"rpc":{}}', { method: "" }],
    ['{"sub_refresh":{"channel":"a","token":"t"}}', { channel: "a", token: "t" }],
    ['{"history":{"channel":"a","since":{}}}', { channel: "a", since: { offset: 0, epoch: "" } }],
    ['{"ping":{}}', {}],
  ])("is understood if it holds %s", (command, request) => {
    const method = /"(\w+)"/.exec(command)?.[1];
    expect(decode(`{"id":9,${command.slice(1)}`)).toEqual([{ kind: "command", command: { id: 9, method, request } }]);
  });

  it.each([
    ["no channel", '{"id":1,"subscribe":{}}'],
    ["an empty channel", '{"id":1,"subscribe":{"channel":""}}'],
    ["a channel with a space", '{"id":1,"subscribe":{"channel":"a b"}}'],
    ["a channel with a newline", '{"id":1,"subscribe":{"channel":"a\\nb"}}'],
    ["a channel of 256 characters", `{"id":1,"subscribe":{"channel":"${"c".repeat(256)}"}}`],
    ["an offset below 0", '{"id":1,"subscribe":{"channel":"a","recover":true,"offset":-1}}'],
    ["an offset past 2^53", '{"id":1,"subscribe":{"channel":"a","recover":true,"offset":9007199254740993}}'],
    ["a giant token", `{"id":1,"connect":{"token":"${"t".repeat(9000)}"}}`],
    ["data that is nested too deeply", `{"id":1,"rpc":{"data":${"[".repeat(30_000)}${"]".repeat(30_000)}}}`],
    ["33 headers", `{"id":1,"connect":{"headers":{${Array.from({ length: 33 }, (_, n) => `"h${n}":""`).join()}}}}`],
    ["no data to publish", '{"id":1,"publish":{"channel":"a"}}'],
    ["a request that is no object", '{"id":1,"subscribe":"a"}'],
  ])("answers 107 to a command with %s", (_name, frame) => {
    expect(decode(frame)).toEqual([{ kind: "refused", id: 1, error: "badRequest" }]);
  });

  it("answers 104 to a method that does not exist", () => {
    expect(decode('{"id":3,"fly":{}}')).toEqual([{ kind: "refused", id: 3, error: "methodNotFound" }]);
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const incoming of jsonCodec.decode(bytes)) expect(incoming.kind).toBeTypeOf("string");
      }),
    );
    fc.assert(
      fc.property(fc.json(), (value) => {
        expect(decode(`{"id":1,"subscribe":${value}}`)).toHaveLength(1);
      }),
    );
  });
});

describe("a server message in JSON", () => {
  it("carries payloads as they are and leaves out what is not set", () => {
    const push = jsonCodec.push({ kind: "publication", channel, publication: { data: '{"a":1}', offset: 3 } });
    expect(text(push)).toBe('{"push":{"channel":"orders:user#ada","pub":{"data":{"a":1},"offset":3}}}');
    const bare = jsonCodec.push({ kind: "publication", channel, publication: { data: "1", offset: 0 } });
    expect(text(bare)).toBe('{"push":{"channel":"orders:user#ada","pub":{"data":1}}}');
  });

  it("names publisher and tags where there are any", () => {
    const push = jsonCodec.push({
      kind: "publication",
      channel,
      publication: { data: "1", offset: 1, info: { user: "ada", client: "c", connInfo: '{"n":1}' }, tags: { a: 'b"' } },
    });
    expect(JSON.parse(text(push)).push.pub).toEqual({
      data: 1,
      offset: 1,
      info: { user: "ada", client: "c", conn_info: { n: 1 } },
      tags: { a: 'b"' },
    });
  });

  it("has a result key even where the result is empty", () => {
    expect(text(jsonCodec.reply({ id: 4, method: "unsubscribe" }))).toBe('{"id":4,"unsubscribe":{}}');
    expect(text(jsonCodec.reply({ id: 5, method: "subscribe", result: {} }))).toBe('{"id":5,"subscribe":{}}');
  });

  it("says what a recovering subscriber missed", () => {
    const reply = jsonCodec.reply({
      id: 2,
      method: "subscribe",
      result: {
        recoverable: true,
        positioned: true,
        epoch: "e",
        offset: 1,
        recovered: true,
        wasRecovering: true,
        publications: [
          { data: "{}", offset: 2 },
          { data: "[]", offset: 3 },
        ],
      },
    });
    expect(JSON.parse(text(reply))).toEqual({
      id: 2,
      subscribe: {
        recoverable: true,
        positioned: true,
        epoch: "e",
        offset: 1,
        recovered: true,
        was_recovering: true,
        publications: [
          { data: {}, offset: 2 },
          { data: [], offset: 3 },
        ],
      },
    });
  });

  it("answers errors by their table", () => {
    expect(text(jsonCodec.reply({ id: 1, error: "internal" }))).toBe(
      '{"id":1,"error":{"code":100,"message":"internal server error","temporary":true}}',
    );
  });

  it("joins messages with one newline and no last one", () => {
    expect(text(jsonCodec.join([Buffer.from("{}"), Buffer.from("[]")]))).toBe("{}\n[]");
  });
});
