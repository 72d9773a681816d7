import { ChannelName } from "@bellwire/protocol";
import { expect, it } from "vitest";
import { createKeys } from "./keys.ts";

const channel = (text: string) => ChannelName.parse(text);

it("names keys by prefix, with the channel as hash tag", () => {
  const keys = createKeys();
  expect(keys.meta(channel("orders:user#42"))).toBe("bellwire:{orders:user#42}:meta");
  expect(createKeys("shop:eu").event(channel("promo:all"), "e-1")).toBe("shop:eu:{promo:all}:event:e-1");
  expect(keys.sessionsOfNode("n")).toBe("bellwire:node:{n}:sessions");
});

it("keeps one channel from naming another's keys", () => {
  const keys = createKeys();
  const tricky = channel("x}:version:y");
  expect(keys.meta(tricky)).not.toBe(keys.version(channel("x"), "y}:meta"));
  expect(keys.meta(channel("}x"))).toBe("bellwire:{%7Dx}:meta");
  expect(keys.meta(channel("%7Dx"))).toBe("bellwire:{%257Dx}:meta");
});

it("refuses a prefix that would change the hash tag", () => {
  for (const prefix of ["", "{a}", "a b", "x".repeat(65)]) expect(() => createKeys(prefix)).toThrow(/prefix/);
});
