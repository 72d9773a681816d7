import { describe } from "vitest";
import { mustBeOpen, open } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { startSubject } from "./subjects/start.ts";
import { onAllThree } from "./three.ts";

const OPENS = 200;

describe("check 3: a burst at nodes that take 200 ms to answer (200 opens at once for two shared cores)", () => {
  onAllThree("each of four gets a quarter, give or take one", {}, async (name, expect) => {
    await using nodes = await startNodes(4);
    await using subject = await startSubject(name, nodes.all);
    for (const node of nodes.all) node.behave({ kind: "late", ms: 200 });
    const opened = await Promise.all(Array.from({ length: OPENS }, () => open(subject.port)));
    for (const outcome of opened) mustBeOpen(outcome);
    for (const held of await nodes.open()) expect(Math.abs(held - OPENS / 4)).toBeLessThanOrEqual(1);
    for (const outcome of opened) mustBeOpen(outcome).socket.terminate();
  });
});
