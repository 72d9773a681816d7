import { beforeEach, expect, it } from "vitest";
import { settle } from "./balance.ts";
import type { OutboxLoss, Way } from "./facts.ts";
import { Ledger } from "./ledger.ts";
import { isBalanced, remainderOf, tableOf } from "./table.ts";

const CHANNEL = "orders:user#ada";
let ledger: Ledger;
let clock: number;

beforeEach(() => {
  ledger = new Ledger();
  clock = 1_000;
  subscribe("tab", { offset: 0 });
});

it("is balanced when everything accepted was seen, and says so", () => {
  for (const version of [1, 2, 3]) see("tab", accept(version), version);
  end(3);
  expect(isBalanced(settle(ledger))).toBe(true);
  expect(settle(ledger).counts).toMatchObject({ accepted: 3, seen: 3 });
  expect(tableOf(settle(ledger))).toContain("no findings");
});

it("finds an event that was lost, by name", () => {
  see("tab", accept(1), 1);
  accept(2);
  expect(remainderOf(settle(ledger).counts)).toBe(1);
  expect(settle(ledger).findings).toMatchObject([{ event: "a.2", client: "tab", channel: CHANNEL }]);
});

it("finds an event that came twice, one that came too early and one that came too late", () => {
  see("tab", accept(1), 1);
  see("tab", "a.1", 1);
  expect(whats()).toEqual([
    "a step back: 1 came, and 2 was due",
    "seen twice, first at e1 1",
    "order a went back from 1 to 1",
  ]);
  see("tab", accept(3), 4);
  see("tab", accept(2), 3);
  expect(whats()).toContain("a gap: 4 came, and 2 was due");
  expect(whats()).toContain("order a went back from 3 to 2");
});

it("finds an event that two clients saw at different places", () => {
  subscribe("phone", { offset: 0 });
  see("tab", accept(1), 1);
  see("tab", accept(2), 2);
  see("phone", "a.2", 1);
  expect(whats().some((what) => what.includes("shares e1 1 with a.1"))).toBe(true);
});

it("takes it for told when the client was told to reload behind the event, and not before it", () => {
  subscribe("phone", { offset: 0 });
  see("phone", accept(1), 1);
  see("phone", accept(2), 2);
  subscribe("tab", { offset: 1, wasRecovering: true });
  expect(settle(ledger).counts).toMatchObject({ accepted: 4, seen: 2, told: 1, missing: 1 });
  expect(settle(ledger).findings).toMatchObject([{ event: "a.2", client: "tab" }]);
});

it("takes a reload in a later epoch for told, and lets the event come again there", () => {
  see("tab", accept(1), 1);
  subscribe("phone", { offset: 0 });
  subscribe("phone", { offset: 0, epoch: "e2", wasRecovering: true });
  subscribe("tab", { offset: 0, epoch: "e2", wasRecovering: true });
  see("tab", "a.1", 1);
  expect(settle(ledger).counts).toMatchObject({ accepted: 2, seen: 1, missing: 1 });
  see("phone", "a.1", 1);
  end(1, "e2");
  expect(isBalanced(settle(ledger))).toBe(true);
  expect(settle(ledger).again).toBe(1);
});

it.for(["storeLosses", "renewals"] as const)(
  "explains an event that nobody had only by %s between its offer and the client's being told",
  (end) => {
    accept(1);
    if (end === "storeLosses") ledger.storeLosses.push({ at: 2_000 });
    else ledger.renewals.push(2_000);
    expect(settle(ledger).counts.missing).toBe(1);
    clock = 3_000;
    subscribe("tab", { offset: 0, epoch: "e2", wasRecovering: true });
    expect(settle(ledger).counts).toMatchObject({ told: 1, missing: 0 });
    accept(2);
    expect(settle(ledger).counts).toMatchObject({ told: 1, missing: 1 });
  },
);

it("counts as lost with the broker's data no more than the broker had", () => {
  for (const version of [1, 2, 3]) accept(version);
  ledger.brokerLosses.push({ at: clock + 10, countedAt: clock - 1, messages: 1 });
  expect(settle(ledger).counts).toMatchObject({ accepted: 3, lostByBroker: 2, missing: 1 });
  clock += 100;
  accept(4);
  expect(settle(ledger).counts).toMatchObject({ accepted: 4, lostByBroker: 2, missing: 2 });
});

it("counts as lost with the store's data what waited in the outbox only, and was neither copied nor sent", () => {
  const [copied, held, gone, sent] = [1, 2, 3, 4].map((version) => accept(version, "shop"));
  ledger.sent(sent ?? "");
  const readAt = clock;
  const late = accept(5, "shop");
  const outbox = { readAt, held: new Set([copied, held, sent]), copied: new Set([copied]), downUntil: clock };
  ledger.storeLosses.push({ at: clock - 1, outbox: outbox as OutboxLoss });
  const after = accept(6, "shop");
  expect(settle(ledger).counts).toMatchObject({ accepted: 6, lostByStore: 2, missing: 4 });
  expect(settle(ledger).findings.map(({ event }) => event)).toEqual([copied, gone, sent, after]);
  ledger.accept(held ?? "", clock);
  ledger.accept(late, clock);
  expect(settle(ledger).counts).toMatchObject({ lostByStore: 0, missing: 6 });
});

it("does not take what only the outbox had for the broker's, and finds what came without being seen on its way", () => {
  accept(1, "shop");
  ledger.brokerLosses.push({ at: clock, countedAt: 0, messages: 10 });
  expect(settle(ledger).counts).toMatchObject({ lostByBroker: 0, missing: 1 });
  ledger.sent("a.1");
  expect(settle(ledger).counts).toMatchObject({ lostByBroker: 1, missing: 0 });
  see("tab", accept(2, "shop"), 1);
  expect(whats()).toEqual(["has come, and was not seen on its way from the producer to RabbitMQ"]);
});

it("counts outdated steps, repeats and dead letters, and finds a good event among the dead", () => {
  see("tab", accept(2), 1);
  ledger.accept("a.2", clock);
  ledger.outdated(accept(1));
  ledger.offer({ id: "poison", channel: undefined, way: "amqp", at: clock });
  ledger.accept("poison", clock);
  ledger.dead("poison", "no JSON");
  expect(settle(ledger).counts).toMatchObject({ accepted: 4, seen: 1, duplicate: 1, superseded: 1, dead: 1 });
  expect(isBalanced(settle(ledger))).toBe(true);
  ledger.dead(accept(3), "delivery limit");
  expect(whats()).toEqual(["a good event is a dead letter: delivery limit"]);
});

it("finds a client that did not come to the top, one that forgot where it was, and what nobody had offered", () => {
  see("tab", accept(1), 1);
  end(2);
  subscribe("tab", { offset: 2 });
  see("tab", "a.9", 3);
  expect(whats()).toEqual([
    "ended at e1 1 of e1 2",
    "the client's position was forgotten without a word",
    "was never offered",
  ]);
});

function accept(version: number, way: Way = "amqp"): string {
  const id = `a.${version}`;
  ledger.offer({ id, channel: CHANNEL, way, at: clock, order: { subject: "a", version } });
  ledger.accept(id, clock);
  clock += 1;
  return id;
}

function see(client: string, id: string, offset: number): void {
  clock += 1;
  ledger.note({ kind: "seen", client, channel: CHANNEL, at: clock, offset, id });
}

function subscribe(
  client: string,
  { offset, epoch = "e1", wasRecovering = false }: { offset: number; epoch?: string; wasRecovering?: boolean },
): void {
  clock += 1;
  const where = { epoch, offset, wasRecovering, recovered: false };
  ledger.note({ kind: "subscribed", client, channel: CHANNEL, at: clock, ...where });
}

function end(top: number, epoch = "e1"): void {
  ledger.ends({ channel: CHANNEL, epoch, top, entries: [] }, clock);
}

const whats = (): readonly string[] => settle(ledger).findings.map(({ what }) => what);
