import { createLog } from "@bellwire/runtime";
import { describe, expect, it } from "vitest";
import { parseNodeList } from "../pool/node-list.ts";
import { Pool } from "../pool/pool.ts";
import { silent } from "../testing/observer.ts";
import { record } from "../testing/records.ts";
import { believing } from "../testing/rules.ts";
import { NameWatch } from "./name-watch.ts";

function stage(list: string) {
  const nodes = parseNodeList(list);
  if (typeof nodes === "string") throw new Error(nodes);
  const { log } = createLog("balancer", "silent");
  const clock = () => 0;
  const pool = new Pool({
    ...{ strategy: "round-robin", rules: believing, nodes, observer: silent, clock, random: () => 0 },
  });
  const answers = new Map<string, readonly string[]>();
  const asked: string[] = [];
  const lookup = async (name: string) => {
    asked.push(name);
    const found = answers.get(name);
    if (found === undefined) throw new Error("ENOTFOUND");
    return found;
  };
  const watch = new NameWatch({ pool, lookup, everyMs: 1_000_000, log });
  const places = () => [...pool.backends].map(({ address, checkTarget }) => [address.host, checkTarget.address.host]);
  return { pool, answers, asked, watch, places };
}

describe("the names of static nodes", () => {
  it("are looked up, those of the registry and addresses are not", async () => {
    const { pool, answers, asked, watch, places } = stage("shop.test:1,127.0.0.1:2,[::1]:3");
    using _ = watch;
    pool.roster.apply([record("registered")]);
    answers.set("shop.test", ["10.0.0.1", "10.0.0.2"]);
    await watch.look();
    expect(asked).toEqual(["shop.test"]);
    expect(places()[0]).toEqual(["10.0.0.1", "10.0.0.1"]);
    expect(pool.find("shop.test:1")?.checkTarget.name).toBe("shop.test:1");
  });

  it("keep a node where it is while they have its address, and move it when they have not", async () => {
    const { answers, watch, places } = stage("shop.test:1");
    using _ = watch;
    const seen: unknown[] = [];
    for (const found of [["10.0.0.1"], ["10.0.0.2", "10.0.0.1"], ["10.0.0.2"]]) {
      answers.set("shop.test", found);
      await watch.look();
      seen.push(places()[0]?.[0]);
    }
    expect(seen).toEqual(["10.0.0.1", "10.0.0.1", "10.0.0.2"]);
  });

  it("that are not known leave a node where it was", async () => {
    const { answers, watch, places } = stage("shop.test:1");
    using _ = watch;
    await watch.look();
    expect(places()).toEqual([["shop.test", "shop.test"]]);
    answers.set("shop.test", ["10.0.0.1"]);
    await watch.look();
    answers.delete("shop.test");
    await watch.look();
    expect(places()).toEqual([["10.0.0.1", "10.0.0.1"]]);
  });

  it("offer another address of a node that is out, and its health is asked there at once", async () => {
    const { pool, answers, watch, places } = stage("shop.test:1");
    using _ = watch;
    answers.set("shop.test", ["::1", "127.0.0.1"]);
    await watch.look();
    const [backend] = pool.backends;
    if (backend === undefined) throw new Error("no node");
    pool.note(backend, "refused", "refused");
    backend.checkAt = 5;
    await watch.look();
    expect(places()).toEqual([["127.0.0.1", "127.0.0.1"]]);
    expect(backend.checkAt).toBe(0);
  });
});
