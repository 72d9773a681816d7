import { ChannelName } from "@bellwire/protocol";
import { expect, it } from "vitest";
import { KnownTops } from "./known-tops.ts";

const [a, b, c] = ["a", "b", "c"].map((name) => ChannelName.parse(name)) as [ChannelName, ChannelName, ChannelName];

it("keeps the highest offset of an epoch, and follows a new epoch", () => {
  const tops = new KnownTops(10);
  tops.note(a, { epoch: "e", offset: 7 });
  tops.note(a, { epoch: "e", offset: 3 });
  expect(tops.all()).toEqual([[a, { epoch: "e", offset: 7 }]]);
  tops.note(a, { epoch: "f", offset: 1 });
  expect(tops.all()).toEqual([[a, { epoch: "f", offset: 1 }]]);
});

it("forgets the channel that was quiet the longest when it is full", () => {
  const tops = new KnownTops(2);
  for (const channel of [a, b, a, c]) tops.note(channel, { epoch: "e", offset: 1 });
  expect(tops.all().map(([channel]) => channel)).toEqual([a, c]);
});
