import type { Channel } from "amqplib";
import { type DeadLetter, letterOf, REPLAYED } from "./dead-letter.ts";
import { StartError } from "./errors.ts";
import { closeChannel } from "./kept-channel.ts";
import { type AmqpOptions, settled, startedLink } from "./options.ts";
import { Publisher } from "./publisher.ts";

/** Letters that a walk may leave behind it and have in hand at once; beyond, it ends. */
const MAX_IN_HAND = 10_000;

/** What an operator does with one letter. */
export type Verdict = "keep" | "replay" | "drop";

export interface Walk {
  readonly seen: number;
  readonly replayed: number;
  readonly dropped: number;
  /** Letters behind the walk's end. */
  readonly unseen: number;
}

export interface DeadQueue extends AsyncDisposable {
  /**
   * Shows the letters that are there now, the oldest first and at most `limit`, and does with each what `judge` says: a
   * replayed one goes back to where shops publish, and leaves only when the broker has confirmed that. All others are in
   * their places again afterwards, also when the walk breaks off. Rejects with the publisher's errors.
   */
  walk(limit: number, judge: (letter: DeadLetter) => Verdict): Promise<Walk>;
}

/** Opens the dead events of a cluster for an operator. Rejects with StartError where the broker or the queue is not there. */
export async function openDeadQueue(options: AmqpOptions): Promise<DeadQueue> {
  const { names, observer, limits } = settled(options);
  await using starting = new AsyncDisposableStack();
  const purpose = "dead letters' operator";
  const link = await startedLink(starting, options, { purpose });
  const unbounded = { ...limits, messageBytes: Number.POSITIVE_INFINITY };
  const publisher = new Publisher({ link, purpose, limits: unbounded, log: options.log, observer });
  starting.defer(() => publisher.close());
  await publisher.opened();

  /** Puts the event back, and resolves once the broker has confirmed it. */
  const replay = (letter: DeadLetter): Promise<void> =>
    publisher.publish(names.events, letter.routingKey, letter.body, {
      ...{ mandatory: true, deliveryMode: 2, headers: { ...letter.headers, [REPLAYED]: letter.replayed + 1 } },
      ...(letter.contentType === undefined ? {} : { contentType: letter.contentType }),
    });

  const visit = async (channel: Channel, limit: number, judge: (letter: DeadLetter) => Verdict): Promise<Walk> => {
    const there = await waiting(channel, names.dead);
    const count = { keep: 0, replay: 0, drop: 0 };
    let seen = 0;
    for (; seen < Math.min(limit, there) && count.keep < MAX_IN_HAND; seen += 1) {
      const message = await channel.get(names.dead, { noAck: false });
      if (message === false) break;
      const letter = letterOf(message);
      const verdict = judge(letter);
      if (verdict === "replay") await replay(letter);
      if (verdict !== "keep") channel.ack(message);
      count[verdict] += 1;
    }
    return { seen, replayed: count.replay, dropped: count.drop, unseen: Math.max(0, there - seen) };
  };

  const stack = starting.move();
  return {
    walk: async (limit, judge) => {
      const channel = await (await link.connection()).createChannel();
      channel.on("error", () => undefined); // the call that caused it rejects with the same
      try {
        return await visit(channel, limit, judge);
      } finally {
        await closeChannel(channel); // gives back what is in hand, at its place
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function waiting(channel: Channel, queue: string): Promise<number> {
  try {
    return (await channel.checkQueue(queue)).messageCount;
  } catch (error) {
    throw new StartError(
      `the broker has no queue ${queue}: no node or producer of this cluster was ever started here`,
      {
        cause: error,
      },
    );
  }
}
