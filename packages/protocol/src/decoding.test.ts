import { Centrifuge as ProtobufSdk } from "centrifuge/build/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Codec, type Incoming, jsonCodec, protobufCodec } from "./index.ts";

/** The largest client frame, bytes. */
const MAX_FRAME = 65_536;
const violation: Incoming = { kind: "violation", close: "badRequest" };
const refused = (id: number): Incoming => ({ kind: "refused", id, error: "badRequest" });

const sdk = (
  new ProtobufSdk("ws://127.0.0.1:1") as unknown as {
    readonly _codec: { encodeCommands(commands: readonly object[]): Uint8Array };
  }
)._codec;
const protobuf = (...commands: object[]): Buffer => Buffer.from(sdk.encodeCommands(commands));
const json = (...commands: object[]): Buffer => Buffer.from(commands.map((one) => JSON.stringify(one)).join("\n"));
const bytes = (text: string) => Buffer.from(text);

/** Commands as each codec's SDK sends them. */
const frames: ReadonlyArray<readonly [string, Codec, readonly Buffer[]]> = [
  [
    "JSON",
    jsonCodec,
    [
      json({ id: 1, connect: { token: "t", headers: { a: "b" }, subs: { c: { recover: true, offset: 5 } } } }),
      json({ id: 2, subscribe: { channel: "promo:all", flag: 1, recover: true, epoch: "e", offset: 7 } }),
      json({ id: 3, publish: { channel: "chat:a", data: { text: "häß – 日本" } } }),
      json({ id: 4, rpc: { method: "shown", data: [1, null] } }),
      json({ id: 5, history: { channel: "promo:all", limit: -1, since: { offset: 1, epoch: "e" } } }),
    ],
  ],
  [
    "Protobuf",
    protobufCodec,
    [
      protobuf({ id: 1, connect: { token: "t", headers: { a: "b" }, subs: { c: { recover: true, offset: 5 } } } }),
      protobuf({ id: 2, subscribe: { channel: "promo:all", flag: 1, recover: true, epoch: "e", offset: 7 } }),
      protobuf({ id: 3, publish: { channel: "chat:a", data: bytes('{"text":"häß – 日本"}') } }),
      protobuf({ id: 4, rpc: { method: "shown", data: bytes("[1,null]") } }),
      protobuf({ id: 5, history: { channel: "promo:all", limit: -1, since: { offset: 1, epoch: "e" } } }),
    ],
  ],
];

/** Decodes as a conversation does: nothing is read after a violation. */
function decode(codec: Codec, frame: Uint8Array): Incoming[] {
  const all: Incoming[] = [];
  for (const incoming of codec.decode(frame)) {
    all.push(incoming);
    if (incoming.kind === "violation") break;
  }
  return all;
}

function expectSound(all: readonly Incoming[], frame: Uint8Array): void {
  expect(all.length).toBeGreaterThan(0);
  expect(all.length).toBeLessThanOrEqual(frame.byteLength + 1);
  for (const incoming of all) {
    if (incoming.kind === "violation") expect(incoming).toEqual(violation);
    else if (incoming.kind === "command") expect(incoming.command.id).toBeGreaterThan(0);
    else expect(["send", "pong", "refused"]).toContain(incoming.kind);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
}

/** Property tests take long on a busy machine. */
const PATIENT = { timeout: 60_000 };

describe.each(frames)("a frame in %s", PATIENT, (_name, codec, valid) => {
  it("is read or a violation, whatever its bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (frame) => expectSound(decode(codec, frame), frame)),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: MAX_FRAME, maxLength: MAX_FRAME, size: "max" }), (frame) =>
        expectSound(decode(codec, frame), frame),
      ),
      { numRuns: 5 },
    );
  });

  it("is read or a violation, however a good one was damaged", () => {
    const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(3), fc.uint8Array({ maxLength: 6 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.constantFrom(...valid), damage, (frame, changes) => {
        let damaged: Uint8Array = frame;
        for (const [at, removed, added] of changes)
          damaged = Buffer.concat([damaged.subarray(0, at), added, damaged.subarray(at + removed)]);
        expectSound(decode(codec, damaged), damaged);
      }),
      { numRuns: 1_000 },
    );
  });

  it("means the same whether its commands come in one frame or each in its own", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...valid), { minLength: 1, maxLength: 20 }), (parts) => {
        const each = parts.flatMap((part) => decode(codec, part));
        expect(decode(codec, codec.join(parts))).toEqual(each);
      }),
    );
  });

  it("that was cut holds the commands before the cut, and then a violation", () => {
    const whole = codec.join(valid);
    const ends = valid.map((_, index) => codec.join(valid.slice(0, index + 1)).byteLength);
    for (let cut = 1; cut < whole.byteLength; cut += 1) {
      const complete = ends.filter((end) => end <= cut).length;
      const all = decode(codec, whole.subarray(0, cut));
      const commands = all.filter(({ kind }) => kind === "command").length;
      expect(commands, `cut at ${cut}`).toBe(complete);
      // A newline may end a frame.
      if (!ends.includes(cut) && !ends.includes(cut - 1)) expect(all.at(-1)).toEqual(violation);
    }
  });

  it("of nothing is a violation", () => {
    expect(decode(codec, new Uint8Array())).toEqual([violation]);
  });
});

describe("a hostile frame in JSON", () => {
  const half = MAX_FRAME / 2 - 100;
  it.each<[string, string, Incoming]>([
    [
      "arrays nested 32,000 deep",
      `{"id":1,"publish":{"channel":"a","data":${"[".repeat(half)}${"]".repeat(half)}}}`,
      refused(1),
    ],
    [
      "arrays nested in the place of a channel",
      `{"id":1,"subscribe":{"channel":${"[".repeat(half)}${"]".repeat(half)}}}`,
      refused(1),
    ],
    [
      "objects nested where none are known",
      `{"id":1,"history":{"channel":"a","since":${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}}}`,
      {
        kind: "command",
        command: { id: 1, method: "history", request: { channel: "a" as never, since: { offset: 0, epoch: "" } } },
      },
    ],
    ["a nesting that never closes", "[".repeat(MAX_FRAME), violation],
    ["a number beyond all bounds", '{"id":1e999,"connect":{}}', violation],
    ["an offset beyond all bounds", '{"id":1,"subscribe":{"channel":"a","offset":1e999}}', refused(1)],
    ["an offset of 64 bits", '{"id":1,"subscribe":{"channel":"a","offset":18446744073709551615}}', refused(1)],
    ["a fractional offset", '{"id":1,"subscribe":{"channel":"a","offset":0.5}}', refused(1)],
    [
      "a prototype as the command",
      '{"id":1,"__proto__":{"connect":{}}}',
      { kind: "refused", id: 1, error: "methodNotFound" },
    ],
    [
      "a prototype's method",
      '{"id":1,"toString":{},"constructor":{}}',
      { kind: "refused", id: 1, error: "methodNotFound" },
    ],
    ["a prototype as the request", '{"id":1,"subscribe":{"__proto__":{"channel":"a"}}}', refused(1)],
    [
      "257 subscriptions to recover",
      `{"id":1,"connect":{"subs":{${Array.from({ length: 257 }, (_, n) => `"c${n}":{}`)}}}}`,
      refused(1),
    ],
  ])("with %s", (_what, frame, expected) => {
    const [first] = decode(jsonCodec, bytes(frame));
    expect(first).toEqual(expected);
    expect(({} as { readonly connect?: unknown }).connect).toBeUndefined();
  });

  it("with a prototype among headers or channels leaves it out", () => {
    const [first] = decode(jsonCodec, bytes('{"id":1,"connect":{"headers":{"__proto__":"x","a":"b"}}}'));
    expect(first).toMatchObject({ command: { request: { headers: { a: "b" } } } });
    expect(({} as { readonly x?: unknown }).x).toBeUndefined();
  });

  it("with bytes that are no UTF-8 is a violation, or stands for nothing but itself", () => {
    expect(decode(jsonCodec, Buffer.from([0xff, 0xfe, 0x7b, 0x7d]))).toEqual([violation]);
    const channel = Buffer.concat([bytes('{"id":1,"subscribe":{"channel":"a'), Buffer.from([0xff]), bytes('"}}')]);
    expect(decode(jsonCodec, channel)).toEqual([refused(1)]);
  });

  it("of 65,536 newlines is not read to its end", () => {
    expect(decode(jsonCodec, bytes("\n".repeat(MAX_FRAME)))).toEqual([violation]);
  });
});

describe("a hostile frame in Protobuf", () => {
  /** A message after its length. */
  const message = (body: Uint8Array): Buffer => {
    const length: number[] = [];
    for (let rest = body.byteLength; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return Buffer.concat([Buffer.from([...length, rest]), body]);
      length.push((rest % 128) + 128);
    }
  };
  const ofId1 = (...body: number[]) => message(Buffer.from([0x08, 1, ...body]));
  const inSubscribe = (...body: number[]) => ofId1(0x2a, body.length, ...body);
  const channelA = [0x0a, 1, 0x61];
  const nines = (count: number) => Array.from({ length: count }, () => 0xff);

  it.each<[string, Uint8Array, Incoming]>([
    ["a length of 4 GiB and nothing behind it", Buffer.from([...nines(4), 0x0f]), violation],
    ["a length of 32 GiB", Buffer.from([...nines(4), 0x7f, 1, 2]), violation],
    ["a length that never ends", Buffer.from(nines(MAX_FRAME)), violation],
    ["a length that is cut", Buffer.from([0x80]), violation],
    ["a number that never ends", ofId1(0x2a, 12, 0x38, ...nines(11)), violation],
    ["a text longer than its message", ofId1(0x2a, 3, 0x0a, 0xff, 0x7f), violation],
    ["bytes of 4 GiB", ofId1(0x6a, 6, 0x0a, ...nines(4), 0x0f), violation],
    ["an offset of 64 bits", inSubscribe(...channelA, 0x38, ...nines(9), 1), refused(1)],
    ["an offset past 2^53", inSubscribe(...channelA, 0x38, ...nines(7), 0x1f), refused(1)],
    ["a negative flag", inSubscribe(...channelA, 0x70, ...nines(9), 1), refused(1)],
    [
      "an id of 64 bits, whose lower half counts,",
      message(Buffer.from([0x08, ...nines(9), 1, 0x22, 0])),
      { kind: "command", command: { id: 4_294_967_295, method: "connect", request: {} } },
    ],
    ["no channel", inSubscribe(), refused(1)],
    ["a channel that is no UTF-8", inSubscribe(0x0a, 2, 0xc3, 0x28), refused(1)],
    ["a payload that is no UTF-8", ofId1(0x6a, 4, 0x0a, 2, 0xc3, 0x28), refused(1)],
    ["a payload that is no JSON", ofId1(0x6a, 4, 0x0a, 2, 0x7b, 0x7b), refused(1)],
    [
      "a filter of tags",
      inSubscribe(...channelA, 0x6a, 2, 0x0a, 0),
      {
        kind: "command",
        command: { id: 1, method: "subscribe", request: { channel: "a" as never, tf: expect.anything() } },
      },
    ],
    ["groups that never end", message(Buffer.alloc(MAX_FRAME - 3, 0x0b)), violation],
    ["a wire type that does not exist", message(Buffer.from([0x0f])), violation],
    ["a field number of 0", message(Buffer.from([0x02, 0])), violation],
    ["no command, but an id", ofId1(), { kind: "refused", id: 1, error: "methodNotFound" }],
    ["a command without an id", message(Buffer.from([0x2a, 3, ...channelA])), violation],
  ])("with %s", (_what, frame, expected) => {
    const all = decode(protobufCodec, frame);
    expect(all[0]).toEqual(expected);
    expectSound(all, frame);
  });

  it("with JSON nested too deeply in its bytes is refused", () => {
    const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
    expect(decode(protobufCodec, protobuf({ id: 1, publish: { channel: "a", data: bytes(deep) } }))).toEqual([
      refused(1),
    ]);
  });

  it("with fields that are not known is read without them", () => {
    const unknown = [0xfa, 0x3f, 3, 1, 2, 3, 0xf8, 0x3f, ...nines(9), 1];
    expect(decode(protobufCodec, inSubscribe(...channelA, ...unknown))).toEqual([
      { kind: "command", command: { id: 1, method: "subscribe", request: { channel: "a" } } },
    ]);
  });

  it("with a prototype among headers leaves it out", () => {
    const frame = protobuf({ id: 1, connect: { headers: { ["__proto__"]: "x", a: "b" } } });
    const [first] = decode(protobufCodec, frame);
    expect(first).toMatchObject({ command: { request: { headers: { a: "b" } } } });
    expect(({} as { readonly x?: unknown }).x).toBeUndefined();
  });

  it("of 65,536 pongs is as many pongs, one after the other", () => {
    const first = protobufCodec.decode(Buffer.alloc(MAX_FRAME))[Symbol.iterator]();
    expect(first.next().value).toEqual({ kind: "pong" });
    expect(decode(protobufCodec, Buffer.alloc(MAX_FRAME))).toHaveLength(MAX_FRAME);
  });
});
