import { describe, expect, it } from "vitest";
import { serverFrame } from "./server-frame.ts";

describe("a server's frame", () => {
  it.each([
    [0, [0x81, 0]],
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 255, 255]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
  ])("of %i bytes has the header of RFC 6455", (length, header) => {
    const frame = serverFrame(Buffer.alloc(length, 7), false);
    expect([...frame.subarray(0, header.length)]).toEqual(header);
    expect(frame.length).toBe(header.length + length);
  });

  it("is binary where the codec is", () => {
    expect(serverFrame(Buffer.from([1]), true)[0]).toBe(0x82);
  });
});
