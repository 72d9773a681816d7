import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPauseMs, defaultHealthRules, type HealthEvent, healthAfter, newHealth } from "./health.ts";

const rules = { ...defaultHealthRules, rise: 2, fall: 3 };
const after = (events: readonly HealthEvent[], initial: "up" | "down" = "up") =>
  events.reduce((health, event) => healthAfter(health, event, rules), newHealth({ ...rules, initial }));

describe("a node's health", () => {
  it("begins as configured, and a new node's first pass is enough", () => {
    expect(after([], "up").status).toBe("up");
    expect(after([], "down").status).toBe("down");
    expect(after(["pass"], "down").status).toBe("up");
    expect(after(["fail", "pass"], "down").status).toBe("up");
  });

  it("falls after as many failures in a row as the rules say, and rises after as many passes", () => {
    expect(after(["fail", "fail"]).status).toBe("up");
    expect(after(["fail", "fail", "pass", "fail", "fail"]).status).toBe("up");
    expect(after(["fail", "fail", "fail"]).status).toBe("down");
    expect(after(["fail", "fail", "fail", "pass"]).status).toBe("down");
    expect(after(["fail", "fail", "fail", "pass", "fail", "pass"]).status).toBe("down");
    expect(after(["fail", "fail", "fail", "pass", "pass"]).status).toBe("up");
  });

  it("is suspect after one refused connect, until a check passes", () => {
    expect(after(["refused"]).status).toBe("suspect");
    expect(after(["refused", "pass"]).status).toBe("up");
    expect(after(["refused", "fail", "fail", "fail"]).status).toBe("down");
  });

  it("is never up again without a pass", () => {
    const events = fc.array(fc.constantFrom<HealthEvent>("fail", "refused"));
    fc.assert(fc.property(events, (list) => after(["refused", ...list]).status !== "up"));
  });

  it("is asked often unless it is steadily up, with bounded jitter", () => {
    expect(checkPauseMs(after([]), rules, () => 0.5)).toBe(rules.intervalMs);
    expect(checkPauseMs(after(["fail"]), rules, () => 0.5)).toBe(rules.fastMs);
    expect(checkPauseMs(after([], "down"), rules, () => 0)).toBe(rules.fastMs * (1 - rules.jitter));
    expect(checkPauseMs(after(["refused"]), rules, () => 1)).toBe(rules.fastMs * (1 + rules.jitter));
  });
});
