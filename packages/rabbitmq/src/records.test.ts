import type { BusMessage } from "@bellwire/hub";
import { ChannelName } from "@bellwire/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeRecord, joinRecords, readRecords } from "./records.ts";

const text = fc.string({ unit: "binary", maxLength: 40 }).map((raw) => raw.toWellFormed());
const channel = fc
  .string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 255,
  })
  .map((name) => ChannelName.parse(name));
const info = fc.record(
  { user: text, client: text, connInfo: text, chanInfo: text },
  { requiredKeys: ["user", "client"] },
);
const tags = fc.dictionary(
  text.filter((key) => key !== "__proto__"),
  text,
  { noNullPrototype: true },
);
const publication = fc.record(
  { data: text, offset: fc.maxSafeNat(), info, tags },
  { requiredKeys: ["data", "offset"] },
);
const message: fc.Arbitrary<BusMessage> = fc.oneof(
  fc.record({ kind: fc.constant("publication" as const), channel, epoch: text, publication }),
  fc.record(
    {
      kind: fc.constant("disconnect" as const),
      user: text,
      client: text,
      keep: fc.array(text),
      code: fc.integer(),
      reason: text,
    },
    { requiredKeys: ["kind", "keep", "code", "reason"] },
  ),
  fc.record({ kind: fc.constant("probe" as const), node: text, nonce: fc.integer() }),
  fc.record({ kind: fc.constantFrom("join" as const, "leave" as const), channel, info }),
  fc.record(
    { kind: fc.constant("refresh" as const), user: text, expired: fc.boolean(), expiresAt: fc.nat(), info: text },
    { requiredKeys: ["kind", "expired"] },
  ),
  fc.record({
    ...{ kind: fc.constant("answer" as const), node: text, nonce: fc.integer(), cut: fc.boolean() },
    channels: fc.array(fc.tuple(channel, fc.nat())),
  }),
);

const probe = (nonce: number): BusMessage => ({ kind: "probe", node: "n", nonce });

describe("records", () => {
  it("come out as they went in, in order", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 10 }), (messages) => {
        expect(readRecords(joinRecords(messages.map(encodeRecord)))).toEqual({ messages, unreadable: 0 });
      }),
      { numRuns: 500 },
    );
  });

  it("never throw on random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const { unreadable, messages } = readRecords(Buffer.from([1, ...bytes]));
        expect(unreadable + messages.length).toBeGreaterThanOrEqual(bytes.length > 0 ? 1 : 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it("never throw on a good message with one byte changed or its end cut off", () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(255), (messages, at, byte) => {
        const body = joinRecords(messages.map(encodeRecord));
        const cut = at % body.length;
        readRecords(body.subarray(0, cut));
        body[cut] = byte;
        readRecords(body);
      }),
      { numRuns: 1_000 },
    );
  });

  it("are skipped and counted where the kind is unknown, and the next ones are read", () => {
    const unknown = Buffer.from([0, 0, 0, 2, 99, 1]);
    const body = joinRecords([encodeRecord(probe(1)), unknown, encodeRecord(probe(2))]);
    expect(readRecords(body)).toEqual({ messages: [probe(1), probe(2)], unreadable: 1 });
  });

  it("are not looked for behind an unknown version", () => {
    const body = joinRecords([encodeRecord(probe(1))]);
    body[0] = 2;
    expect(readRecords(body)).toEqual({ messages: [], unreadable: 1 });
  });

  it("end at a length that reaches beyond the message", () => {
    const body = joinRecords([encodeRecord(probe(1)), Buffer.from([0xff, 0xff, 0xff, 0xff, 3])]);
    expect(readRecords(body)).toEqual({ messages: [probe(1)], unreadable: 1 });
  });

  it("with a channel name that is none are refused", () => {
    const record = encodeRecord({
      kind: "publication",
      channel: ChannelName.parse("ab"),
      epoch: "",
      publication: { data: "1", offset: 1 },
    });
    record[record.indexOf("ab")] = 0x20;
    expect(readRecords(joinRecords([record]))).toEqual({ messages: [], unreadable: 1 });
  });
});
