import { Centrifuge as JsonSdk } from "centrifuge";
import { Centrifuge as ProtobufSdk } from "centrifuge/build/protobuf";
import fc from "fast-check";
import { createDelta } from "fossil-delta";
import { describe, expect, it } from "vitest";
import { ChannelName, type Codec, differenceOf, jsonCodec, protobufCodec } from "./index.ts";

/** The official SDK's codec, which turns what it gets into the whole payload again. */
interface SdkCodec {
  decodeReplies(data: string | Uint8Array): ReadonlyArray<{ readonly push: { readonly pub: Received } }>;
  applyDeltaIfNeeded(pub: Received, previous: unknown): { readonly newData: unknown; readonly newPrevValue: unknown };
}
interface Received {
  readonly data: unknown;
  readonly delta?: boolean;
}
const sdkOf = (sdk: object): SdkCodec => (sdk as { readonly _codec: SdkCodec })._codec;
const utf8 = new TextDecoder("utf-8", { fatal: true });
const channel = ChannelName.parse("promo:all");
const both: ReadonlyArray<readonly [string, Codec, SdkCodec]> = [
  ["JSON", jsonCodec, sdkOf(new JsonSdk("ws://127.0.0.1:1"))],
  ["Protobuf", protobufCodec, sdkOf(new ProtobufSdk("ws://127.0.0.1:1"))],
];

/** Sends the payloads one after the other, each as a difference where there is one; gives what the SDK made of them. */
function sent(codec: Codec, sdk: SdkCodec, payloads: readonly string[]) {
  let previous: unknown;
  return payloads.map((data, index) => {
    const base = payloads[index - 1];
    const difference = base === undefined ? undefined : differenceOf(base, data);
    const frame = codec.push({ kind: "difference", channel, publication: { data, offset: index + 1 }, difference });
    const [reply] = sdk.decodeReplies(codec.binary ? frame : Buffer.from(frame).toString());
    if (reply === undefined) throw new Error("no reply");
    const { newData, newPrevValue } = sdk.applyDeltaIfNeeded(reply.push.pub, previous);
    previous = newPrevValue;
    const value = newData instanceof Uint8Array ? JSON.parse(Buffer.from(newData).toString()) : newData;
    return { value, asDifference: reply.push.pub.delta === true, bytes: frame.byteLength };
  });
}

/** Texts that change a little from one to the next, in characters of one to four bytes. */
const edits = fc
  .array(fc.tuple(fc.nat(200), fc.nat(20), fc.string({ unit: "binary", maxLength: 10 })), { maxLength: 12 })
  .map((changes) => {
    let text = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich – 12 € 🚚 日本語のテキスト。".repeat(2);
    return changes.map(([at, removed, added]) => {
      text = text.slice(0, at) + added + text.slice(at + removed);
      return JSON.stringify({ text });
    });
  });

describe.each(both)("differences in %s", { timeout: 60_000 }, (_name, codec, sdk) => {
  it("lead the SDK to the same payloads, whatever changes, where characters have several bytes", () => {
    fc.assert(
      fc.property(edits, (payloads) => {
        expect(sent(codec, sdk, payloads).map(({ value }) => value)).toEqual(payloads.map((data) => JSON.parse(data)));
      }),
      { numRuns: 200 },
    );
  });

  it("are taken only where they are smaller", () => {
    const long = JSON.stringify({ text: "a long and settled description of a product. ".repeat(20), price: 1 });
    const [first, second, third] = sent(codec, sdk, [long, long.replace("1}", "2}"), "1"]);
    expect([first, second, third].map((one) => one?.asDifference)).toEqual([false, true, false]);
    expect(second?.bytes).toBeLessThan((first?.bytes ?? 0) / 5);
  });
});

describe("a difference", () => {
  it("cuts through no character, where Fossil alone would", () => {
    const text = JSON.stringify({ text: `${"x".repeat(40)}é🚚${"ÿ".repeat(40)}` });
    for (const base of [text.replace("é", "è"), text.replace("🚚", "🚛")]) {
      expect(() => utf8.decode(createDelta<Uint8Array>(Buffer.from(base), Buffer.from(text)))).toThrow();
      const difference = differenceOf(base, text);
      expect(difference).toMatch(/é|🚚/);
      expect(difference).not.toContain("\ufffd");
    }
  });

  it("is not looked for between payloads of over 32 KiB", () => {
    const large = JSON.stringify("a".repeat(40_000));
    expect(differenceOf(large, large)).toBeUndefined();
    expect(differenceOf("1", large)).toBeUndefined();
  });
});
