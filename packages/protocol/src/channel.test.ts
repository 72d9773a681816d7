import { describe, expect, it } from "vitest";
import { ChannelName, namespaceOf, usersOf } from "./index.ts";

const name = (text: string) => ChannelName.parse(text);

describe("a channel's name", () => {
  it.each([
    ["orders:user#ada", "orders"],
    ["$orders:a", "orders"],
    ["plain", ""],
    ["#ada", ""],
    ["a:b:c", "a"],
  ])("%s belongs to the namespace %j", (channel, namespace) => {
    expect(namespaceOf(name(channel))).toBe(namespace);
  });

  it.each([
    ["orders:user#ada", ["ada"]],
    ["#ada,bob", ["ada", "bob"]],
    ["promo:all", undefined],
    ["a#", [""]],
  ])("%s is limited to %j", (channel, users) => {
    expect(usersOf(name(channel))).toEqual(users);
  });
});
