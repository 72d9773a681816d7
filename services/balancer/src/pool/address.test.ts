import fc from "fast-check";
import { expect, it } from "vitest";
import { addressGroup } from "./address.ts";

it.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"],
  ["2001:DB8:0:01::5", "2001:db8:0:1::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["1:2:3:4:5::", "1:2:3:4::/64"],
  ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
])("%s counts as %s", (address, group) => {
  expect(addressGroup(address)).toBe(group);
});

it("all of a /64 is one client, another /64 another", () => {
  const part = fc.nat(0xffff).map((value) => value.toString(16));
  const four = fc.tuple(part, part, part, part);
  fc.assert(
    fc.property(four, four, four, ([a, b, c, d], one, other) => {
      const network = [a, b, c, d].join(":");
      expect(addressGroup(`${network}:${one.join(":")}`)).toBe(addressGroup(`${network}:${other.join(":")}`));
      if (network !== one.join(":"))
        expect(addressGroup(`${network}:${one.join(":")}`)).not.toBe(addressGroup(`${one.join(":")}:${one.join(":")}`));
    }),
  );
});
