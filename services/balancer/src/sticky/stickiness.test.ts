import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStickiness } from "./kinds.ts";

const cookie = createStickiness({ kind: "cookie", name: "bellwire_node", secret: "a secret of enough length" });
const pairOf = (node: string) => cookie.marks(node, undefined, "http")[0]?.[1].split(";")[0] ?? "";
const wantedBy = (text: string) => cookie.wantedBy({ target: "/", lines: [["Cookie", text]] });

describe("the cookie", () => {
  it("brings any node's id back, beside other cookies and on several lines", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 64 }), (node) => {
        expect(wantedBy(`a=1; ${pairOf(node)};b=2`)).toBe(node);
        const lines = [
          ["Cookie", "x=y"],
          ["cookie", pairOf(node)],
        ] as const;
        expect(cookie.wantedBy({ target: "/", lines })).toBe(node);
      }),
    );
  });

  it("is not believed when a character is changed, or when it was signed with another secret or for another name", () => {
    const pair = pairOf("node-1");
    const value = pair.indexOf("=") + 1;
    fc.assert(
      fc.property(
        fc.integer({ min: value, max: pair.length - 2 }),
        fc.constantFrom("A", "b", "_", ".", "="),
        (at, char) => {
          const changed = pair.slice(0, at) + char + pair.slice(at + 1);
          if (changed !== pair) expect(wantedBy(changed)).toBeUndefined();
        },
      ),
    );
    const other = createStickiness({ kind: "cookie", name: "bellwire_node", secret: "another secret of that length" });
    expect(other.wantedBy({ target: "/", lines: [["Cookie", pair]] })).toBeUndefined();
    expect(wantedBy("bellwire_node=")).toBeUndefined();
    expect(wantedBy("bellwire_node=bm9kZS0x.")).toBeUndefined();
  });

  it("is set anew only for another node, and only over TLS marked for TLS", () => {
    expect(cookie.marks("node-1", "node-1", "http")).toEqual([]);
    const [[name, value] = []] = cookie.marks("node-2", "node-1", "http");
    expect(name).toBe("Set-Cookie");
    expect(value).toMatch(/^bellwire_node=[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(cookie.marks("node-2", undefined, "https")[0]?.[1]).toMatch(/; Secure$/);
  });
});

it("the query parameter names the node, and nothing is told to the client", () => {
  const query = createStickiness({ kind: "query", name: "n" });
  const wanted = (target: string) => query.wantedBy({ target, lines: [] });
  expect(wanted("/connection/websocket?a=1&n=node-1")).toBe("node-1");
  expect(wanted("/connection/websocket?n=node%3A1")).toBe("node:1");
  expect(wanted("/connection/websocket?n=")).toBeUndefined();
  expect(wanted("/connection/websocket")).toBeUndefined();
  expect(query.marks("node-1", undefined, "http")).toEqual([]);
});
