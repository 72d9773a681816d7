import type { Socket } from "node:net";
import type { Door, Task, TaskResult } from "./task.ts";
import { ECHO_BYTES, endWire, FRAME, negotiateWire, openWire } from "./wire.ts";

const OPENING_AT_ONCE = 50;
let held: Socket[] = [];

/** Runs `step` `count` times, so many at once. */
async function repeat(count: number, atOnce: number, step: () => Promise<void>): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await step();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

const openThrough = ({ port, negotiate }: Door): Promise<Socket> => (negotiate ? negotiateWire(port) : openWire(port));

async function openMany(door: Door, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  await repeat(count, OPENING_AT_ONCE, async () => void sockets.push(await openThrough(door)));
  return sockets;
}

const closeMany = (sockets: readonly Socket[]) => Promise.all(sockets.map(endWire));

/** Round trips in µs, of one message in each batch of `underWay`. */
async function echo(sockets: readonly Socket[], underWay: number, total: number): Promise<number[]> {
  const batch = Buffer.concat(Array.from({ length: underWay }, () => FRAME));
  const rounds = Math.ceil(total / sockets.length / underWay);
  const times: number[] = [];
  const talk = (socket: Socket) =>
    new Promise<void>((resolve, reject) => {
      let round = 0;
      let missing = 0;
      let sentAt = 0;
      const say = () => {
        if (round++ === rounds) return resolve();
        missing = underWay * ECHO_BYTES;
        sentAt = performance.now();
        socket.write(batch);
      };
      socket.on("close", () => reject(new Error("closed in the middle of its echoes")));
      socket.on("data", (chunk) => {
        missing -= chunk.length;
        if (missing > 0) return;
        times.push((performance.now() - sentAt) * 1_000);
        say();
      });
      say();
    });
  await Promise.all(sockets.map(talk));
  for (const socket of sockets) socket.removeAllListeners("data").removeAllListeners("close");
  return times;
}

async function perform(task: Task): Promise<TaskResult> {
  switch (task.kind) {
    case "opens":
      await repeat(task.count, task.atOnce, async () => endWire(await openThrough(task)));
      return { p50Us: 0 };
    case "echoes": {
      const times = (await echo(held, task.underWay, task.total)).toSorted((one, two) => one - two);
      return { p50Us: times[Math.floor(times.length / 2)] ?? 0 };
    }
    case "hold":
      held = await openMany(task, task.count);
      return { p50Us: 0 };
    case "release":
      await closeMany(held);
      held = [];
      return { p50Us: 0 };
  }
}

process.on("message", (task: Task) => {
  perform(task).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit(0));
