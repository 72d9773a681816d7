import { EventEmitter } from "node:events";
import type { Channel, ChannelModel, ConsumeMessage } from "amqplib";
import { expect, it } from "vitest";
import type { Link } from "./connection.ts";
import { Lane } from "./lane.ts";
import { DEFAULT_HANDOVER, Partition } from "./partition.ts";

/** Answers everything but the close. */
class SlowToClose extends EventEmitter {
  receive: ((message: ConsumeMessage) => void) | undefined;
  close = () => new Promise(() => undefined);
  prefetch = async () => undefined;
  consume = async (_queue: string, receive: (message: ConsumeMessage) => void) => {
    this.receive = receive;
  };
}

it("takes events on the channel of its new subscription after that of the old one closed at last", async () => {
  const channels: SlowToClose[] = [];
  const model = {
    createChannel: async () => {
      const channel = new SlowToClose();
      channels.push(channel);
      return channel as unknown as Channel;
    },
  };
  const link = {
    connection: async () => model as unknown as ChannelModel,
    state: () => "up",
    closing: new AbortController().signal,
  };
  const acked: number[] = [];
  const partition = new Partition({
    queue: "test",
    link: link as unknown as Link,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    times: DEFAULT_HANDOVER,
    prefetch: 10,
    declare: async () => undefined,
    onGivenUp: () => undefined,
    createLane: () =>
      new Lane<ConsumeMessage>({
        keyOf: () => "key",
        run: async () => undefined,
        ackUpTo: ({ fields }) => acked.push(fields.deliveryTag),
        soon: (task) => queueMicrotask(task),
        afterPause: () => () => undefined,
        onPostponed: () => undefined,
      }),
  });
  await partition.assign("first");
  await expect.poll(() => channels[0]?.receive).toBeDefined();
  await partition.assign("none"); // the broker does not answer the close: given up for that
  await partition.assign("first");
  await expect.poll(() => channels[1]?.receive).toBeDefined();
  channels[0]?.emit("close");
  channels[1]?.receive?.({ fields: { deliveryTag: 7 } } as ConsumeMessage);
  await expect.poll(() => acked).toEqual([7]);
});
