import type { ShedPlan } from "@bellwire/hub";
import { createLog } from "@bellwire/runtime";
import fastify from "fastify";
import { describe, expect, it } from "vitest";
import { serveShed } from "./shed.ts";

const apiKey = "the-key-of-the-tests";

function stage() {
  const plans: ShedPlan[] = [];
  const app = fastify();
  const hub = {
    connections: 7,
    shed: (plan: ShedPlan) => {
      plans.push(plan);
      return new Promise<number>((resolve) => plan.until.addEventListener("abort", () => resolve(0)));
    },
  };
  serveShed(app, { hub, apiKeys: [apiKey], log: createLog("node", "silent").log });
  const order = (payload: object, key = apiKey) =>
    app.inject({ method: "POST", url: "/shed", headers: { "x-api-key": key }, payload });
  return { plans, order };
}

describe("the order to shed", () => {
  it("answers how many leave, at once, and asks for a reconnect unless told otherwise", async () => {
    const { plans, order } = stage();
    const answer = await order({ count: "all", perSecond: 5 });
    expect([answer.statusCode, answer.json()]).toEqual([202, { shedding: 7 }]);
    expect(plans[0]).toMatchObject({ count: 7, perSecond: 5, close: "forceReconnect" });
  });

  it("takes the place of the one before; a count of 0 only stops that", async () => {
    const { plans, order } = stage();
    await order({ count: 3, perSecond: 1, close: "shutdown" });
    await order({ count: 3, perSecond: 1, close: "shutdown" });
    expect(plans.map(({ until }) => until.aborted)).toEqual([true, false]);
    expect((await order({ count: 0, perSecond: 1 })).json()).toEqual({ shedding: 0 });
    expect(plans.map(({ until }) => until.aborted)).toEqual([true, true]);
  });

  it("needs the API key, and bounds", async () => {
    const { plans, order } = stage();
    expect((await order({ count: 1, perSecond: 1 }, "another")).statusCode).toBe(401);
    for (const bad of [{ count: -1, perSecond: 1 }, { count: 1, perSecond: 0 }, { count: 1 }, { perSecond: 1 }])
      expect((await order(bad)).statusCode).toBe(400);
    expect(plans).toEqual([]);
  });
});
