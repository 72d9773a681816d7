import { describe, it } from "vitest";
import { startNodes } from "./node-process.ts";
import { residentKb } from "./process-cost.ts";
import { exchange, upgradeText } from "./raw-client.ts";
import { startSubject } from "./subjects/start.ts";
import { onAllThree } from "./three.ts";

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, "1"]));

/** What is sent, and the status that each answers. 101 is a deviation: the node has got it. */
const heads = [
  {
    what: "100 KB of headers",
    text: upgradeText({ "X-Big": "x".repeat(100_000) }),
    ours: 431,
    nginx: 400,
    haproxy: 400,
  },
  { what: "200 headers", text: upgradeText(many(200)), ours: 431, nginx: 101, haproxy: 400 },
  {
    what: "a URL of 17 KB",
    text: upgradeText({}, `GET /connection/${"x".repeat(17_000)} HTTP/1.1`),
    ours: 431,
    nginx: 414,
    haproxy: 400,
  },
  { what: "NUL in a value", text: upgradeText({ "X-A": "a\0b" }), ours: 400, nginx: 400, haproxy: 400 },
  {
    what: "a bare LF",
    text: upgradeText().replace("Host: shop.example\r\n", "Host: shop.example\n"),
    ours: 400,
    nginx: 101,
    haproxy: 101,
  },
  { what: "folding", text: upgradeText({ "X-A": "a\r\n b" }), ours: 400, nginx: 400, haproxy: 101 },
  { what: "a space before the colon", text: upgradeText({ "X-A ": "a" }), ours: 400, nginx: 400, haproxy: 400 },
] as const;

const ROUNDS = 10;
const PER_ROUND = 1_000;
/** Had each left its 16 KB of header behind, a round would be 16 MB and the last three 112 MB above the first. */
const NOISE_KB = 20_000;
const AT_ONCE = 20;

describe("check 16: header abuse", () => {
  onAllThree(
    "a bad head gets an answer that the client can read, and no node sees it",
    {
      nginx: "400 and 414 for what is too large; 200 headers and a bare LF pass",
      haproxy: "400 for what is too large; folding and a bare LF are mended and pass",
    },
    async (name, expect) => {
      await using nodes = await startNodes(1);
      await using subject = await startSubject(name, nodes.all);
      let passed = 0;
      for (const { what, text, [name]: status } of heads) {
        const { statuses, end } = await exchange(subject.port, [text], { withinMs: status === 101 ? 500 : 5_000 });
        expect(statuses, what).toEqual([status]);
        expect(end, what).toBe(status === 101 ? "open" : "fin");
        if (status === 101) passed++;
      }
      expect(await nodes.lines()).toHaveLength(passed);
    },
  );

  it("our balancer does not grow over 10,000 of them", async ({ expect }) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject("ours", nodes.all);
    const text = upgradeText({ "X-Big": "x".repeat(100_000) });
    const resident: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (let done = 0; done < PER_ROUND; done += AT_ONCE)
        await Promise.all(Array.from({ length: AT_ONCE }, () => exchange(subject.port, [text])));
      resident.push(await residentKb(subject.process.pid));
    }
    expect(Math.min(...resident.slice(-3)), String(resident)).toBeLessThan(
      Math.max(...resident.slice(0, 3)) + NOISE_KB,
    );
  });
});
