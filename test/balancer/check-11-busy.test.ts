import { describe } from "vitest";
import { open, tally } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { startSubject } from "./subjects/start.ts";
import { onAllThree } from "./three.ts";

const OPENS = 9;

describe("check 11: a node answers 503 or 429 to the upgrade", () => {
  onAllThree(
    "another node is tried",
    { haproxy: "2.6 cannot retry on 429, which goes to the client" },
    async (name, expect) => {
      await using nodes = await startNodes(3);
      await using subject = await startSubject(name, nodes.all, { strategy: "round-robin" });
      for (const status of [503, 429]) {
        nodes.get("a").behave({ kind: "refuse", status });
        const outcomes = await Promise.all(Array.from({ length: OPENS }, () => open(subject.port)));
        if (status === 429 && name === "haproxy")
          expect(outcomes.filter((outcome) => outcome.kind === "refused" && outcome.status === 429)).toHaveLength(3);
        else expect(tally(outcomes)).not.toHaveProperty("none");
      }
    },
  );

  onAllThree(
    "when all refuse, at most three are asked, and the client hears the last one's Retry-After",
    {},
    async (name, expect) => {
      await using nodes = await startNodes(4);
      await using subject = await startSubject(name, nodes.all, { strategy: "round-robin" });
      for (const node of nodes.all) node.behave({ kind: "refuse", status: 503, retryAfter: 77 });
      expect(await open(subject.port)).toMatchObject({ kind: "refused", status: 503, retryAfter: "77" });
      expect(await nodes.lines()).toHaveLength(3);
    },
  );

  onAllThree("401, 403 and 404 are not tried elsewhere", {}, async (name, expect) => {
    await using nodes = await startNodes(2);
    await using subject = await startSubject(name, nodes.all, { strategy: "round-robin" });
    let asked = 0;
    for (const status of [401, 403, 404]) {
      for (const node of nodes.all) node.behave({ kind: "refuse", status });
      expect(await open(subject.port)).toMatchObject({ kind: "refused", status });
      expect(await nodes.lines()).toHaveLength(++asked);
    }
  });
});
