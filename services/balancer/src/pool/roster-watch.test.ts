import { describe, expect, it } from "vitest";
import { silent } from "../testing/observer.ts";
import { believing } from "../testing/rules.ts";
import { Pool } from "./pool.ts";
import { RosterWatch } from "./roster-watch.ts";

function stage(roster: () => Promise<never[]>) {
  const told: string[] = [];
  const observer = {
    ...silent,
    rosterFailed: () => void told.push("failed"),
    rosterBack: () => void told.push("back"),
  };
  const pool = new Pool({
    strategy: "least-connections",
    rules: believing,
    nodes: [],
    observer,
    clock: () => 0,
    random: () => 0,
  });
  return { told, watch: new RosterWatch({ registry: { roster }, pool, observer, everyMs: 3_600_000 }) };
}

describe("the roster watch", () => {
  it("tells each failure, and once that the registry is back", async () => {
    let away = true;
    const { told, watch } = stage(() => (away ? Promise.reject(new Error("away")) : Promise.resolve([])));
    using _ = watch;
    await watch.look();
    await watch.look();
    away = false;
    await watch.look();
    await watch.look();
    expect(told).toEqual(["failed", "failed", "back"]);
  });

  it("does not ask again while an answer is due, and counts that", async () => {
    let asked = 0;
    const { told, watch } = stage(() => {
      asked += 1;
      return new Promise(() => undefined);
    });
    using _ = watch;
    void watch.look();
    await watch.look();
    await watch.look();
    expect({ asked, told }).toEqual({ asked: 1, told: ["failed", "failed"] });
  });
});
