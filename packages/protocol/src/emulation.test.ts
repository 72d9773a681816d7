import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEmulation } from "./emulation.ts";
import { EmulationMessage } from "./protobuf-schema.ts";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const protobuf = (value: object) => EmulationMessage.encode(value).finish();

describe("a POST of commands", () => {
  it("names session, node and frame, in either codec", () => {
    const [session, node] = ["secret", "node-1"];
    const frame = Buffer.from('{"id":2,"rpc":{}}\n{}');
    expect(readEmulation("json", json({ session, node, data: frame.toString() }))).toEqual({ session, node, frame });
    const inBytes = readEmulation("protobuf", protobuf({ session, node, data: Buffer.from([4, 8, 1, 34, 0]) }));
    expect(inBytes).toMatchObject({ session, node });
    expect([...(inBytes?.frame ?? [])]).toEqual([4, 8, 1, 34, 0]);
  });

  it.each([
    [{}],
    [null],
    ["text"],
    [{ session: "s", node: "n" }],
    [{ session: "s", node: "n", data: "" }],
    [{ session: "s", node: "n", data: { id: 1 } }],
    [{ session: "", node: "n", data: "{}" }],
    [{ session: "s", node: "x".repeat(129), data: "{}" }],
    [{ session: ["s"], node: "n", data: "{}" }],
  ])("that is %j is none", (value) => {
    expect(readEmulation("json", json(value))).toBeUndefined();
  });

  it("that is any bytes is read or not, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom("json", "protobuf"), (bytes, codec) => {
        const read = readEmulation(codec, bytes);
        return read === undefined || read.frame.byteLength > 0;
      }),
    );
  });
});
