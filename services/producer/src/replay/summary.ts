import { ORDER_STATUSES } from "@bellwire/events";
import { counted } from "./meter.ts";
import type { Plan } from "./plan.ts";

/** The sum at the end, a few lines. */
export function summary(plan: Plan, refused: number): string {
  const perStatus = ORDER_STATUSES.map(
    (status) => `${status} ${counted(plan.steps.filter((step) => step.status === status).length)}`,
  );
  return [
    `rows ${counted(plan.rows)}, of which bad and skipped ${counted(plan.badRows)}`,
    `events ${counted(plan.steps.length)}: ${perStatus.join(", ")}`,
    `illegal steps left out ${counted(plan.illegalSteps)}${refused > 0 ? `, refused by the shop ${counted(refused)}` : ""}`,
  ].join("\n");
}
