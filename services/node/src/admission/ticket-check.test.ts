import { expect, it } from "vitest";
import { createTicketCheck } from "./ticket-check.ts";

const verify = (ticket: string) => (ticket === "good" || ticket === "expired" ? ticket : "elsewhere");

it("a ticket that is given must be good, whether one is needed or not", () => {
  for (const required of [true, false]) {
    const check = createTicketCheck({ verify, required });
    expect(check("good")).toBeUndefined();
    expect(check("expired")).toContain("expired");
    expect(check("")).toContain("another node");
  }
});

it("without a ticket a client may come in only where none is needed", () => {
  expect(createTicketCheck({ verify, required: false })(undefined)).toBeUndefined();
  expect(createTicketCheck({ verify, required: true })(undefined)).toContain("/negotiate");
});
