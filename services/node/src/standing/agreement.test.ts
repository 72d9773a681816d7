import type { NodeRecord } from "@bellwire/hub";
import { createMetrics } from "@bellwire/runtime";
import { expect, it } from "vitest";
import { parseSettings } from "../settings/settings.ts";
import { agreedSettings, disagreeing, watchAgreement } from "./agreement.ts";

const settingsOf = (file: object, afterRedisRestart: "ask" | "renew" = "ask") =>
  agreedSettings({ afterRedisRestart, namespaces: parseSettings(file).namespaces });

const nodeWith = (id: string, settings?: Readonly<Record<string, string>>): NodeRecord => ({
  ...{ id, name: id, version: "test", address: "127.0.0.1:1", opsAddress: "127.0.0.1:2", state: "up", ready: true },
  ...{ startedAt: 0, clients: 0, users: 0, subscriptions: 0, channels: 0, ...(settings && { settings }) },
});

const own = settingsOf({});

it("nodes agree whatever the order in which their files name things, and with one that does not say", () => {
  const here = settingsOf({ namespaces: { chat: { historySize: 5 }, room: {} } });
  const there = settingsOf({ namespaces: { room: {}, chat: { historySize: 5 } } });
  expect(disagreeing(here, [nodeWith("a", there), nodeWith("b")])).toEqual(new Map());
});

it("names the nodes that have a namespace or the word about Redis otherwise", () => {
  const others = [
    nodeWith("same", own),
    nodeWith("renews", settingsOf({}, "renew")),
    nodeWith("keeps more", settingsOf({ namespaces: { orders: { historySize: 257 } } })),
  ];
  expect(disagreeing(own, others)).toEqual(
    new Map([
      ["BELLWIRE_AFTER_REDIS_RESTART", ["renews"]],
      ["namespaces", ["keeps more"]],
    ]),
  );
});

it("shows it as a metric, and tells of it when nodes come", async () => {
  const metrics = createMetrics({ processMetrics: false });
  const told: unknown[] = [];
  let roster = [nodeWith("same", own)];
  const look = watchAgreement({ own, roster: () => roster, metrics, told: (...what) => told.push(what) });
  look();
  expect(told).toEqual([]);
  roster = [...roster, nodeWith("renews", settingsOf({}, "renew"))];
  look();
  expect(told).toEqual([["BELLWIRE_AFTER_REDIS_RESTART", ["renews"]]]);
  const text = await metrics.metrics();
  expect(text).toContain('bellwire_settings_differ{setting="BELLWIRE_AFTER_REDIS_RESTART"} 1');
  expect(text).toContain('bellwire_settings_differ{setting="namespaces"} 0');
});
