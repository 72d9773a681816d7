import { describe, expect, it } from "vitest";
import { Display } from "./display.ts";

function arrange(visible = true) {
  const shown: string[] = [];
  const timers = new Set<() => void>();
  const display = new Display(visible, {
    after: (_ms, task) => {
      timers.add(task);
      return () => timers.delete(task);
    },
    onShown: (orderId, version) => shown.push(`${orderId} ${version}`),
  });
  const second = () => {
    const due = [...timers];
    timers.clear();
    for (const task of due) task();
  };
  return { display, shown, second, timers };
}

describe("an order's card", () => {
  it("has shown its version once it was in view of a visible page for a second, each version once", () => {
    const { display, shown, second } = arrange();
    display.drawn("o1", 1);
    second();
    expect(shown).toEqual([]);
    display.inView("o1", true);
    expect(shown).toEqual([]);
    second();
    expect(shown).toEqual(["o1 1"]);
    display.inView("o1", false);
    display.inView("o1", true);
    display.drawn("o1", 1);
    second();
    expect(shown).toEqual(["o1 1"]);
    display.drawn("o1", 2);
    second();
    expect(shown).toEqual(["o1 1", "o1 2"]);
  });

  it("that moved on or left the view within the second has not shown its version", () => {
    const { display, shown, second } = arrange();
    for (const id of ["o1", "o2"]) {
      display.drawn(id, 1);
      display.inView(id, true);
    }
    display.drawn("o1", 2);
    display.inView("o2", false);
    second();
    expect(shown).toEqual(["o1 2"]);
  });

  it("shows nothing on a page in the background, until it comes to the front", () => {
    const { display, shown, second } = arrange(false);
    display.drawn("o1", 1);
    display.inView("o1", true);
    second();
    expect(shown).toEqual([]);
    display.pageVisible(true);
    display.pageVisible(false);
    second();
    expect(shown).toEqual([]);
    display.pageVisible(true);
    second();
    expect(shown).toEqual(["o1 1"]);
  });

  it("that is gone shows nothing", () => {
    const { display, timers } = arrange();
    display.drawn("o1", 1);
    display.inView("o1", true);
    display.close();
    expect(timers.size).toBe(0);
  });
});
