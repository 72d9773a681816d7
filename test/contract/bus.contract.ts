import type { Bus, BusMessage } from "@bellwire/hub";
import { ChannelName } from "@bellwire/protocol";
import { describe, expect, it } from "vitest";

/** A bus under test, seen from several nodes. */
export interface TestBus extends AsyncDisposable {
  /** A bus as one node's process has it; all of one TestBus reach each other. */
  join(): Promise<Bus>;
  /** Takes the transport away and gives it back; absent where there is none that could fail. */
  readonly outage?: { begin(): Promise<void>; end(): Promise<void> };
}

const channel = ChannelName.parse("orders:user#1");

const numbered = (offset: number): BusMessage => ({
  kind: "publication",
  channel,
  epoch: "e1",
  publication: { data: `{"n":${offset}}`, offset },
});

/** Listens and keeps what came. */
async function listening(bus: Bus, node: string) {
  const messages: BusMessage[] = [];
  let gaps = 0;
  await bus.listen(node, {
    onMessage: (message) => messages.push(message),
    onGap: () => {
      gaps += 1;
    },
  });
  return {
    messages,
    offsets: () => messages.map((message) => (message.kind === "publication" ? message.publication.offset : undefined)),
    gaps: () => gaps,
  };
}

const SHOWN: readonly BusMessage[] = [
  numbered(1),
  {
    kind: "publication",
    channel,
    epoch: "",
    publication: {
      data: '{"text":"Grüße ☕"}',
      offset: 0,
      info: { user: "u", client: "c", connInfo: '{"a":1}', chanInfo: "[]" },
      tags: { segment: "all", ü: "ö" },
    },
  },
  { kind: "disconnect", user: "u", keep: ["c1", "c2"], code: 3501, reason: "bad request" },
  { kind: "disconnect", client: "c", keep: [], code: 3000, reason: "" },
  { kind: "probe", node: "n1", nonce: 7 },
  { kind: "disconnect", session: "a secret", keep: [], code: 3503, reason: "force disconnect" },
  {
    kind: "subscribe",
    user: "u",
    channel,
    grant: { info: '{"a":1}', data: "[]", expiresAt: 7, override: { presence: true, forceRecovery: false } },
    since: { epoch: "e1", offset: 4 },
  },
  { kind: "subscribe", client: "c", channel, grant: {} },
  { kind: "unsubscribe", user: "u", channel, code: 2000, reason: "server unsubscribe" },
  { kind: "refresh", user: "u", expired: false, expiresAt: 1_700_000_000_000, info: "{}" },
  { kind: "message", user: "u", data: '{"text":"☕"}' },
  { kind: "join", channel, info: { user: "u", client: "c", connInfo: "1" } },
  { kind: "leave", channel, info: { user: "u", client: "c" } },
  { kind: "question", node: "n1", nonce: 7, pattern: "orders:*" },
  { kind: "answer", node: "n2", nonce: 7, channels: [[channel, 3]], cut: false },
];

/** What every Bus must do. `create` gives a fresh one that no other test shares. */
export function describeBusContract(name: string, create: () => Promise<TestBus>): void {
  describe(`bus over ${name}`, () => {
    it("delivers every kind of message as it was sent", async () => {
      await using test = await create();
      const bus = await test.join();
      const a = await listening(bus, "a");
      await Promise.all(SHOWN.map((message) => bus.send(message, ["a"])));
      await expect.poll(() => a.messages).toEqual(SHOWN);
    });

    it("delivers to all nodes, the sender's own included", async () => {
      await using test = await create();
      const [first, second] = [await test.join(), await test.join()];
      const [a, b] = [await listening(first, "a"), await listening(second, "b")];
      await first.send(numbered(1), "all");
      await expect.poll(() => [a.offsets(), b.offsets()]).toEqual([[1], [1]]);
    });

    it("delivers to the named nodes only, and to nobody when nobody is named or the name is unknown", async () => {
      await using test = await create();
      const [first, second] = [await test.join(), await test.join()];
      const [a, b] = [await listening(first, "a"), await listening(second, "b")];
      await first.send(numbered(1), ["b"]);
      await first.send(numbered(2), []);
      await first.send(numbered(3), ["gone"]);
      await first.send(numbered(4), ["a", "b"]);
      await expect.poll(() => [a.offsets(), b.offsets()]).toEqual([[4], [1, 4]]);
    });

    it("keeps the order of what one sender sends to one target, however many at once", async () => {
      await using test = await create();
      const [first, second] = [await test.join(), await test.join()];
      const b = await listening(second, "b");
      const offsets = Array.from({ length: 1_000 }, (_, index) => index + 1);
      await Promise.all(offsets.map((offset) => first.send(numbered(offset), ["b"])));
      await expect.poll(b.offsets).toEqual(offsets);
    });

    it("carries a message of many kilobytes between small ones", async () => {
      await using test = await create();
      const bus = await test.join();
      const a = await listening(bus, "a");
      const big: BusMessage = {
        kind: "publication",
        channel,
        epoch: "e1",
        publication: { data: JSON.stringify("é".repeat(300_000)), offset: 2 },
      };
      await Promise.all([numbered(1), big, numbered(3)].map((message) => bus.send(message, "all")));
      await expect.poll(() => a.messages).toEqual([numbered(1), big, numbered(3)]);
    });

    it("reports no gap while nothing was missed", async () => {
      await using test = await create();
      const bus = await test.join();
      const a = await listening(bus, "a");
      await bus.send(numbered(1), "all");
      await expect.poll(a.offsets).toEqual([1]);
      expect(a.gaps()).toBe(0);
    });

    it("rejects while the transport is away, works afterwards, and reports the gap", async ({ skip }) => {
      await using test = await create();
      const { outage } = test;
      if (outage === undefined) return skip("this bus has no transport that could fail");
      const bus = await test.join();
      const a = await listening(bus, "a");
      await outage.begin();
      await expect(bus.send(numbered(1), "all")).rejects.toThrow();
      await outage.end();
      await expect.poll(a.gaps, { timeout: 20_000 }).toBe(1);
      await expect
        .poll(() => bus.send(numbered(2), "all").then(() => "sent", String), { timeout: 20_000 })
        .toBe("sent");
      await expect.poll(a.offsets).toContain(2);
      expect(a.offsets()).not.toContain(1);
    });
  });
}
