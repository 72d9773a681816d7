import { Centrifuge as JsonSdk } from "centrifuge";
import { Centrifuge as ProtobufSdk } from "centrifuge/build/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ChannelName,
  type Codec,
  errors,
  jsonCodec,
  type Push,
  protobufCodec,
  type Reply,
  unsubscribes,
} from "./index.ts";

/** The official SDK's own codec, which it does not export. */
interface SdkCodec {
  encodeCommands(commands: readonly object[]): string | Uint8Array;
  decodeReplies(data: string | Uint8Array): object[];
}
const sdkOf = (sdk: object): SdkCodec => (sdk as { readonly _codec: SdkCodec })._codec;
const jsonSdk = sdkOf(new JsonSdk("ws://127.0.0.1:1"));
const protobufSdk = sdkOf(new ProtobufSdk("ws://127.0.0.1:1"));

/** As a reader of the protocol sees it: payloads are values; zero values and empty maps are not there. */
function seen(value: unknown): unknown {
  if (value instanceof Uint8Array) return JSON.parse(Buffer.from(value).toString());
  if (Array.isArray(value)) return value.map(seen);
  if (typeof value !== "object" || value === null) return value;
  if (isLong(value)) return value.high * 2 ** 32 + (value.low >>> 0);
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, payloads.has(key) && !(inner instanceof Uint8Array) ? inner : seen(inner)] as const)
    .filter(([key, inner]) => payloads.has(key) || (!isZero(inner) && !(maps.has(key) && isEmptyObject(inner))));
  return Object.fromEntries(entries);
}
const payloads = new Set(["data", "conn_info", "chan_info"]);
/** How the SDK's decoder gives numbers of 64 bits. */
const isLong = (value: object): value is { readonly low: number; readonly high: number } =>
  "low" in value && "high" in value;
const maps = new Set(["subs", "presence", "tags", "headers"]);
const isZero = (value: unknown) =>
  value === undefined || value === 0 || value === "" || value === false || (Array.isArray(value) && value.length === 0);
const isEmptyObject = (value: unknown) => typeof value === "object" && Object.keys(value ?? {}).length === 0;

function readBy(sdk: SdkCodec, codec: Codec, messages: readonly Uint8Array[]): unknown[] {
  const frame = codec.join(messages);
  return sdk.decodeReplies(codec.binary ? frame : Buffer.from(frame).toString()).map(seen);
}

const text = fc.string({ unit: "grapheme", maxLength: 20 });
/** The decoder of the SDK for Protobuf loses the one name that an object of JavaScript cannot have by assignment. */
const key = text.filter((name) => name !== "__proto__");
const json = fc.json({ maxDepth: 3 }).map((value) => JSON.stringify(JSON.parse(value)));
const whole = fc.integer({ min: 0, max: 0xffff_ffff });
const offset = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const channel = fc.stringMatching(/^[!-~]{1,40}$/).map((name) => ChannelName.parse(name));
const yes = fc.constant(true as const);
const some = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] }) as unknown as fc.Arbitrary<T>;

const info = fc
  .record({ user: text, client: fc.uuid(), connInfo: fc.option(json), chanInfo: fc.option(json) })
  .map(({ user, client, connInfo, chanInfo }) => ({
    ...{ user, client },
    ...(connInfo !== null && { connInfo }),
    ...(chanInfo !== null && { chanInfo }),
  }));
const publication = fc
  .record({ data: json, offset, info: fc.option(info), tags: fc.option(fc.dictionary(key, text, { minKeys: 1 })) })
  .map(({ data, offset, info, tags }) => ({
    ...{ data, offset },
    ...(info !== null && { info }),
    ...(tags !== null && { tags }),
  }));
const expiry = some({ expires: yes, ttl: whole });
const subscribeResult = some({
  ...{ expires: yes, ttl: whole, recoverable: yes, positioned: yes, recovered: yes, wasRecovering: yes },
  ...{ epoch: text, offset, data: json, publications: fc.array(publication, { maxLength: 4 }) },
});
const connectResult = fc
  .tuple(
    fc.record({ client: fc.uuid(), version: text, ping: whole, pong: yes }),
    some({
      ...{ expires: yes, ttl: whole, session: text, node: text, data: json, time: offset },
      subs: fc.array(fc.tuple(channel, subscribeResult), { minLength: 1, maxLength: 3 }).map((all) => new Map(all)),
    }),
  )
  .map(([always, sometimes]) => ({ ...always, ...sometimes }));

const id = fc.integer({ min: 1, max: 0xffff_ffff });
const replyOf = <M extends string>(method: M, result: fc.Arbitrary<object>) =>
  fc.record({ id, method: fc.constant(method), result });
const reply = fc.oneof(
  fc.record({ id, error: fc.constantFrom(...(Object.keys(errors) as Array<keyof typeof errors>)) }),
  fc.record({ id, error: fc.record({ code: fc.integer({ min: 400, max: 1999 }), message: text }) }),
  fc.record({ id, method: fc.constantFrom("unsubscribe", "publish") }),
  replyOf("connect", connectResult),
  replyOf("subscribe", subscribeResult),
  replyOf("history", fc.record({ epoch: text, offset, publications: fc.array(publication, { maxLength: 4 }) })),
  replyOf(
    "presence",
    fc.record({ presence: fc.uniqueArray(info, { maxLength: 4, selector: ({ client }) => client }) }),
  ),
  replyOf("presence_stats", fc.record({ clients: whole, users: whole })),
  replyOf("rpc", some({ data: json })),
  replyOf("refresh", fc.record({ client: fc.uuid(), version: text, expires: yes, ttl: whole })),
  replyOf("sub_refresh", expiry),
) as fc.Arbitrary<Reply>;
const close = fc.record({ code: whole, reason: text });
const push = fc.oneof(
  fc.record({ kind: fc.constant("publication"), channel, publication }),
  fc.record({ kind: fc.constantFrom("join", "leave"), channel, info }),
  fc.record({
    ...{ kind: fc.constant("subscribe"), channel },
    subscribed: some({ recoverable: yes, positioned: yes, epoch: text, offset, data: json }),
  }),
  fc.record({
    kind: fc.constant("unsubscribe"),
    channel,
    cause: fc.oneof(fc.constantFrom(...Object.keys(unsubscribes)), close),
  }),
  fc.record({ kind: fc.constant("message"), data: json }),
  fc.record({ kind: fc.constant("disconnect"), close }),
  fc.record({ kind: fc.constant("connect"), result: connectResult }),
  fc.record({ kind: fc.constant("refresh"), result: expiry }),
) as fc.Arbitrary<Push>;

/** Property tests take long on a busy machine. */
const PATIENT = { timeout: 60_000 };

describe("the official SDK reads", PATIENT, () => {
  it("every reply alike in both codecs, several in one frame", () => {
    fc.assert(
      fc.property(fc.array(reply, { minLength: 1, maxLength: 5 }), (replies) => {
        const inJson = readBy(jsonSdk, jsonCodec, replies.map(jsonCodec.reply));
        expect(readBy(protobufSdk, protobufCodec, replies.map(protobufCodec.reply))).toEqual(inJson);
        expect(inJson.map((read) => (read as { id: number }).id)).toEqual(replies.map(({ id }) => id));
      }),
      { numRuns: 150 },
    );
  });

  it("every push alike in both codecs, several in one frame, with pings between", () => {
    fc.assert(
      fc.property(fc.array(push, { minLength: 1, maxLength: 5 }), (pushes) => {
        const messages = (codec: Codec) => pushes.flatMap((each) => [codec.push(each), codec.ping]);
        const inJson = readBy(jsonSdk, jsonCodec, messages(jsonCodec));
        expect(readBy(protobufSdk, protobufCodec, messages(protobufCodec))).toEqual(inJson);
        expect(inJson.filter(isEmptyObject)).toHaveLength(pushes.length);
      }),
      { numRuns: 150 },
    );
  });

  it("a result even where it is empty", () => {
    for (const method of ["unsubscribe", "publish"] as const) {
      const [read] = protobufSdk.decodeReplies(protobufCodec.reply({ id: 7, method })) as Array<
        Record<string, unknown>
      >;
      expect(read?.[method]).toBeDefined();
    }
    const rpc = protobufCodec.reply({ id: 7, method: "rpc", result: {} });
    const presence = protobufCodec.reply({ id: 8, method: "presence", result: { presence: [] } });
    expect(protobufSdk.decodeReplies(protobufCodec.join([rpc, presence]))).toMatchObject([
      { id: 7, rpc: {} },
      { id: 8, presence: { presence: {} } },
    ]);
  });
});

const tokens = some({ token: text, epoch: text, recover: yes, offset });
const request = fc.oneof(
  fc.record({
    connect: some({ token: text, name: text, data: json, headers: fc.dictionary(text, text), flag: offset }),
  }),
  fc.record({ connect: fc.record({ subs: fc.dictionary(channel, tokens, { maxKeys: 3 }) }) }),
  fc.record({
    subscribe: fc
      .tuple(
        tokens,
        some({ data: json, join_leave: yes, positioned: yes, recoverable: yes, delta: text, flag: whole }),
        channel,
      )
      .map(([position, wishes, name]) => ({ ...position, ...wishes, channel: name })),
  }),
  fc.record({ unsubscribe: fc.record({ channel }) }),
  fc.record({ publish: fc.record({ channel, data: json }) }),
  fc.record({ presence: fc.record({ channel }) }),
  fc.record({ presence_stats: fc.record({ channel }) }),
  fc.record({
    history: fc.record({
      ...{ channel, limit: fc.integer({ min: -1, max: 0x7fff_ffff }), reverse: fc.boolean() },
      since: fc.record({ offset, epoch: text }),
    }),
  }),
  fc.record({ rpc: fc.record({ method: text, data: json }) }),
  fc.record({ refresh: fc.record({ token: text }) }),
  fc.record({ sub_refresh: fc.record({ channel, token: text }) }),
  fc.record({ ping: fc.constant({}) }),
);

/** The same request as the SDK's user gives it in each codec: a value, or its bytes. */
function given(request: object, payload: (json: string) => unknown): object {
  const [[method, fields] = ["", {}]] = Object.entries(request);
  const { data, ...rest } = fields as { readonly data?: string };
  return { [method]: data === undefined ? rest : { ...rest, data: payload(data) } };
}

describe("a client frame of the official SDK", PATIENT, () => {
  it("means the same in both codecs, with several commands in it", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(id, request), { minLength: 1, maxLength: 5 }), (commands) => {
        const asValues = commands.map(([id, each]) => ({ id, ...given(each, JSON.parse) }));
        const asBytes = commands.map(([id, each]) => ({ id, ...given(each, (data) => Buffer.from(data)) }));
        const fromJson = [...jsonCodec.decode(Buffer.from(jsonSdk.encodeCommands(asValues)))];
        const fromProtobuf = [...protobufCodec.decode(Buffer.from(protobufSdk.encodeCommands(asBytes)))];
        expect(fromProtobuf.map(seen)).toEqual(fromJson.map(seen));
        expect(fromJson).toHaveLength(commands.length);
      }),
      { numRuns: 200 },
    );
  });

  it("may be a pong, or a message without an id", () => {
    const frame = protobufSdk.encodeCommands([{}, { send: { data: Buffer.from('{"a": 1}') } }]);
    expect([...protobufCodec.decode(Buffer.from(frame))]).toEqual([
      { kind: "pong" },
      { kind: "send", data: '{"a":1}' },
    ]);
  });
});
