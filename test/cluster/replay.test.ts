import { describe, expect, inject, it } from "vitest";
import { Cluster } from "./cluster.ts";
import { orderFile } from "./order-file.ts";
import { ReplayStory } from "./replay-story.ts";

describe.each(inject("backends"))("a replay with every customer connected, on $name", (backend) => {
  it("shows each of them exactly its own events, once and in order", async () => {
    await using file = await orderFile();
    await using cluster = await Cluster.start(backend, { producer: true });
    const story = new ReplayStory(cluster, file);
    await story.live();
    const { code, errors } = await story.replay();
    expect(code, errors).toBe(0);
    await story.everybodyHasEverything();
  }, 180_000);

  it("shows the same when a node is killed half-way", async () => {
    await using file = await orderFile();
    await using cluster = await Cluster.start(backend, { producer: true });
    const story = new ReplayStory(cluster, file);
    await story.live();
    const replaying = story.replay();
    await expect.poll(() => story.seen, { timeout: 60_000, interval: 20 }).toBeGreaterThan(story.expected.length / 2);
    const moved = story.customers.filter(({ node }) => node === "node-2");
    await cluster.nodeOf("node-2").signal("SIGKILL");
    const { code, errors } = await replaying;
    expect(code, errors).toBe(0);
    await story.everybodyHasEverything();
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.map(({ node }) => node)).not.toContain("node-2");
  }, 180_000);
});
