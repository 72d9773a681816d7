import { createHistogram } from "node:perf_hooks";
import { type CrowdAnswer, type CrowdOrder, nowMicros, SENT_AT } from "./crowd-orders.ts";
import { type Login, Member } from "./member.ts";

/** Bare sockets have no handshake to wait for, but the other side's accept queue is short. */
const PARALLEL_JOINS = 64;
const SENT_AT_KEY = Buffer.from(`"${SENT_AT}":`);
/** Digits of the clock: enough for 300 years. */
const MAX_DIGITS = 16;

const members = new Set<Member>();
const delays = createHistogram();
let lines = 0;
let lineBytes = 0;
let awaited: { readonly lines: number; readonly reached: () => void } | undefined;

process.on("message", ({ id, order }: { readonly id: number; readonly order: CrowdOrder }) => {
  obey(order).then(
    (answer) => process.send?.({ id, answer }),
    (error: Error) => process.send?.({ id, error: error.message }),
  );
});
process.on("disconnect", () => process.exit());

async function obey(order: CrowdOrder): Promise<CrowdAnswer> {
  switch (order.kind) {
    case "login":
      await gather(order.port, order.logins, order.parallel);
      return report();
    case "join":
      await gather(order.port, Array.from({ length: order.count }), PARALLEL_JOINS);
      return report();
    case "until":
      await reached(order.lines);
      return report();
    case "latency":
      return { ...report(), latency: takeLatency() };
    case "leave":
      for (const member of members) member.leave();
      members.clear();
      return report();
    default:
      return order satisfies never;
  }
}

const report = (): CrowdAnswer => ({ lines, lineBytes });

async function gather(port: number, logins: ReadonlyArray<Login | undefined>, parallel: number): Promise<void> {
  const waiting = logins.values();
  const queue = async (): Promise<void> => {
    for (const login of waiting) await enter(port, login);
  };
  await Promise.all(Array.from({ length: parallel }, queue));
}

function enter(port: number, login: Login | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let live = false;
    const member = new Member(port, login, {
      onLive: () => {
        live = true;
        resolve();
      },
      onLine: count,
      // A member that is lost while figures are taken makes them worthless.
      onEnd: (why) => {
        if (!live) return reject(new Error(why));
        console.error(`bench: a member of the crowd was lost: ${why}`);
        process.exit(1);
      },
    });
    members.add(member);
  });
}

function count(data: Buffer, start: number, end: number): void {
  lines += 1;
  lineBytes = end - start;
  const key = data.indexOf(SENT_AT_KEY, start);
  if (key >= 0 && key < end) note(data, key + SENT_AT_KEY.length, end);
  if (awaited !== undefined && lines >= awaited.lines) awaited.reached();
}

function note(data: Buffer, start: number, end: number): void {
  const sentAt = Number.parseInt(data.toString("latin1", start, Math.min(start + MAX_DIGITS, end)), 10);
  delays.record(Math.max(1, nowMicros() - sentAt));
}

function reached(wanted: number): Promise<void> {
  if (lines >= wanted) return Promise.resolve();
  return new Promise((resolve) => {
    awaited = {
      lines: wanted,
      reached: () => {
        awaited = undefined;
        resolve();
      },
    };
  });
}

function takeLatency(): NonNullable<CrowdAnswer["latency"]> {
  const latency = {
    p50: delays.percentile(50) / 1_000,
    p99: delays.percentile(99) / 1_000,
    most: delays.max / 1_000,
    count: delays.count,
  };
  delays.reset();
  return latency;
}
