import { EventEmitter } from "node:events";
import type { Channel, ChannelModel } from "amqplib";
import { describe, expect, it } from "vitest";
import type { Link } from "./connection.ts";
import { KeptChannel } from "./kept-channel.ts";

/** A channel whose broker answers nothing: it closes when the test says so. */
class MuteChannel extends EventEmitter {
  closes = 0;
  close(): Promise<void> {
    this.closes += 1;
    return new Promise(() => undefined);
  }
}

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function keep(options: {
  readonly create?: (nth: number) => Promise<MuteChannel>;
  readonly ready: (nth: number) => Promise<void>;
}) {
  const closing = new AbortController();
  const link = { connection: async () => ({}) as ChannelModel, state: () => "up", closing: closing.signal };
  const channels: MuteChannel[] = [];
  const lost: number[] = [];
  let begun = 0;
  let nth = 0;
  const kept = new KeptChannel<Channel>({
    link: link as unknown as Link,
    log,
    purpose: "test",
    setupTimeoutMs: 50,
    create: async () => {
      begun += 1;
      const channel = (await options.create?.(begun)) ?? new MuteChannel();
      channels.push(channel);
      return channel as unknown as Channel;
    },
    ready: () => {
      nth += 1;
      return options.ready(nth);
    },
    lost: () => lost.push(nth),
  });
  return { kept, channels, lost };
}

const never = () => new Promise<never>(() => undefined);

describe("a kept channel", () => {
  it("is not lost when one that was given up before it closes at last", async () => {
    const { kept, channels, lost } = keep({
      ready: async (nth) => (nth === 1 ? Promise.reject(new Error("no")) : undefined),
    });
    await kept.opened();
    expect(channels).toHaveLength(2);
    expect(lost).toEqual([1]);
    channels[0]?.emit("close");
    expect(lost).toEqual([1]);
    channels[1]?.emit("close");
    expect(lost).toEqual([1, 2]);
    await expect.poll(() => channels.length).toBe(3);
  });

  it("is given up when the broker does not answer what makes it useful, and another one is tried", async () => {
    const { kept, channels, lost } = keep({ ready: (nth) => (nth === 1 ? never() : Promise.resolve()) });
    await kept.opened();
    expect(channels.map(({ closes }) => closes)).toEqual([1, 0]);
    expect(lost).toEqual([1]);
  });

  it("is not waited for when it does not open, and closed when it opens after that", async () => {
    const late = Promise.withResolvers<MuteChannel>();
    const { kept, channels } = keep({
      create: (nth) => (nth === 1 ? late.promise : Promise.resolve(new MuteChannel())),
      ready: async () => undefined,
    });
    await kept.opened();
    const opened = new MuteChannel();
    late.resolve(opened);
    await expect.poll(() => opened.closes).toBe(1);
    expect(channels.map(({ closes }) => closes)).toEqual([0, 1]);
  });
});
