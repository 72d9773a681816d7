import { encodeOrderStatus } from "@bellwire/events";
import fc from "fast-check";
import { expect, it } from "vitest";
import { eventIds } from "./event-ids.ts";

const bodyOf = (id: string): string =>
  encodeOrderStatus({
    ...{ id, source: "shop" },
    data: { orderId: id, customerId: "ada", status: "placed", version: 1, at: "2026-11-26T10:00:00Z" },
  }).body;

it("finds every event's id, wherever the bytes are cut", () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-z0-9.-]{1,40}$/), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(ids, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (sent, sizes) => {
      const bytes = Buffer.from(sent.map((id) => `\u0000${bodyOf(id)}\u00ce`).join(""));
      const found = new Set<string>();
      const hear = eventIds((id) => found.add(id));
      for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
        const size = sizes[cut % sizes.length] ?? 1;
        hear(bytes.subarray(at, at + size));
        at += size;
      }
      expect([...found]).toEqual(expect.arrayContaining(sent));
    }),
  );
});
