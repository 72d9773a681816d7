import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channelsOf } from "./channels.ts";
import type { RawShopEvent } from "./content.ts";
import { decodeEvent } from "./decode.ts";
import { encodeOrderStatus, encodePromo } from "./encode.ts";

const data = { orderId: "o-1", customerId: "ana", status: "shipped", version: 3, at: "2026-01-01T10:00:00Z" };
const envelope = { specversion: "1.0", id: "o-1.3", source: "shop", type: "order.status" };

function structured(event: unknown, changes: Partial<RawShopEvent> = {}): RawShopEvent {
  const body = Buffer.from(typeof event === "string" ? event : JSON.stringify(event));
  return { routingKey: "order.o-1", contentType: "application/cloudevents+json", headers: {}, body, ...changes };
}

function reason(raw: RawShopEvent): string {
  const decoded = decodeEvent(raw);
  expect(decoded.ok).toBe(false);
  return decoded.ok ? "" : decoded.reason;
}

describe("an event is understood", () => {
  it("in structured mode, with its further fields", () => {
    const decoded = decodeEvent(structured({ ...envelope, data: { ...data, carrier: "DHL" } }));
    expect(decoded).toMatchObject({ ok: true, event: { type: "order.status", id: "o-1.3", data: { carrier: "DHL" } } });
  });

  it("with parameters and capitals in its content type", () => {
    const contentType = "Application/CloudEvents+JSON; charset=utf-8";
    expect(decodeEvent(structured({ ...envelope, data }, { contentType })).ok).toBe(true);
  });

  it.each(["cloudEvents:", "cloudEvents_"])("in binary mode with headers %sname", (prefix) => {
    const headers = Object.fromEntries(Object.entries(envelope).map(([name, value]) => [prefix + name, value]));
    const raw = structured(data, { contentType: "application/json", headers });
    expect(decodeEvent(raw)).toMatchObject({ ok: true, event: { id: "o-1.3", data } });
  });

  it("with the envelope's time where the data has none, also as an AMQP timestamp", () => {
    const { at: _, ...timeless } = data;
    const time = "2026-02-02T10:00:00+01:00";
    expect(decodeEvent(structured({ ...envelope, time, data: timeless }))).toMatchObject({
      event: { data: { at: time } },
    });
    const headers = {
      ...Object.fromEntries(Object.entries(envelope).map(([name, value]) => [`cloudEvents:${name}`, value])),
      "cloudEvents:time": { "!": "timestamp", value: 1_767_261_600 },
    };
    expect(decodeEvent(structured(timeless, { contentType: "application/json", headers }))).toMatchObject({
      event: { data: { at: "2026-01-01T10:00:00.000Z" } },
    });
  });

  it("as it was encoded", () => {
    const order = encodeOrderStatus({ id: "a.1", source: "s", data: { ...data, status: "placed", note: "x" } });
    const promo = encodePromo({ id: "p", source: "s", data: { segment: "vip", title: "T", body: "B", at: data.at } });
    for (const encoded of [order, promo])
      expect(decodeEvent(structured(encoded.body, { routingKey: encoded.routingKey })).ok).toBe(true);
  });
});

describe("an event is refused with what would be right", () => {
  it.each([
    ["no JSON", structured("{"), /body is not JSON/],
    ["no UTF-8", structured("", { body: Buffer.from([0xff, 0xfe]) }), /not UTF-8/],
    ["an array", structured([envelope]), /one JSON object.*not an array/],
    ["no content type", structured(envelope, { contentType: undefined }), /application\/cloudevents\+json/],
    ["JSON without headers", structured(envelope, { contentType: "application/json" }), /no cloudEvents: headers/],
    [
      "another version",
      structured({ ...envelope, specversion: "0.3", data }),
      /event\.specversion must be "1\.0", not "0\.3"/,
    ],
    ["no id", structured({ ...envelope, id: undefined, data }), /event\.id is missing/],
    ["a long id", structured({ ...envelope, id: "x".repeat(129), data }), /event\.id must be 1 to 128/],
    [
      "another type",
      structured({ ...envelope, type: "order.paid", data }),
      /order\.status or promo\.published, not "order\.paid"/,
    ],
    ["no data", structured(envelope), /data is missing/],
    [
      "another status",
      structured({ ...envelope, data: { ...data, status: "lost" } }),
      /data\.status must be one of placed, .*not "lost"/,
    ],
    ["version 0", structured({ ...envelope, data: { ...data, version: 0 } }), /data\.version must be 1 or more, not 0/],
    [
      "a customer that is no channel name",
      structured({ ...envelope, data: { ...data, customerId: "a,b" } }),
      /data\.customerId must be .*not "a,b"/,
    ],
    ["no time", structured({ ...envelope, data: { ...data, at: undefined } }), /tells no time/],
    [
      "no calendar date",
      structured({ ...envelope, data: { ...data, at: "2026-02-30T10:00:00Z" } }),
      /data\.at must be an ISO 8601/,
    ],
    [
      "another routing key",
      structured({ ...envelope, data }, { routingKey: "order.o-2" }),
      /must be "order\.o-1", not "order\.o-2"/,
    ],
    ["base64", structured({ ...envelope, data_base64: "e30=" }), /data_base64/],
    ["too many bytes", structured("", { body: Buffer.alloc(65_537) }), /65537 bytes; at most 65536/],
    ["too deep", structured(`{"data":${"[".repeat(30_000)}${"]".repeat(30_000)}}`), /nests more than 32/],
  ])("%s", (_name, raw, expected) => {
    expect(reason(raw)).toMatch(expected);
  });

  it("in at most 500 characters, whatever came", () => {
    const junk = structured({ ...envelope, id: "ü".repeat(900), source: 7, type: {}, specversion: [], data: "x" });
    expect(reason(junk).length).toBeLessThanOrEqual(500);
    fc.assert(
      fc.property(fc.json(), fc.string(), fc.dictionary(fc.string(), fc.anything()), (text, contentType, headers) => {
        for (const type of [contentType, "application/cloudevents+json", "application/json"]) {
          const decoded = decodeEvent(
            structured(text, { contentType: type, headers: { ...headers, "cloudEvents:id": 1 } }),
          );
          expect(decoded.ok ? 0 : decoded.reason.length).toBeLessThanOrEqual(500);
        }
      }),
    );
  });
});

describe("an event reaches", () => {
  it("the customer's channel, guarded by the order's version, named by itself", () => {
    const decoded = decodeEvent(
      structured({ ...envelope, data: { ...data, reason: "r", type: "forged", id: "forged", x: 1 } }),
    );
    const [message, ...others] = decoded.ok ? channelsOf(decoded.event) : [];
    expect(others).toEqual([]);
    expect(message?.channel).toBe("orders:user#ana");
    expect(message?.version).toEqual({ subject: "o-1", number: 3 });
    expect(JSON.parse(message?.data ?? "")).toEqual({ ...data, reason: "r", x: 1, type: "order.status", id: "o-1.3" });
  });

  it.each([
    ["all", "promo:all"],
    ["vip", "promo:seg-vip"],
  ])("the segment %s on %s", (segment, channel) => {
    const encoded = encodePromo({ id: "p-1", source: "s", data: { segment, title: "T", body: "B", at: data.at } });
    const decoded = decodeEvent(structured(encoded.body, { routingKey: encoded.routingKey }));
    const [message] = decoded.ok ? channelsOf(decoded.event) : [];
    expect(message?.channel).toBe(channel);
    expect(message).not.toHaveProperty("version");
    expect(JSON.parse(message?.data ?? "")).toEqual({
      type: "promo.published",
      id: "p-1",
      segment,
      title: "T",
      body: "B",
      at: data.at,
    });
  });
});
