import { type ExpectStatic, it } from "vitest";
import type { SubjectName } from "./subjects/start.ts";
import type { SubjectOptions } from "./subjects/subject.ts";

/** What a balancer does instead of what the check asks for; each is asserted in the story. */
export type Deviations = Partial<Record<SubjectName, string>>;

/** One test per balancer, told at the same time; its name says what the balancer does instead where it deviates. */
export function onAllThree(
  what: string,
  deviations: Deviations,
  story: (name: SubjectName, expect: ExpectStatic) => Promise<void>,
): void {
  for (const name of ["ours", "nginx", "haproxy"] as const) {
    const deviation = deviations[name];
    const title = deviation === undefined ? `${what}: ${name}` : `${what}: ${name} deviates: ${deviation}`;
    it.concurrent(title, ({ expect }) => story(name, expect));
  }
}

/** Health checks every half second instead of every two, and a short slow start, where a balancer has them. */
export const fastChecks = {
  env: {
    BELLWIRE_BALANCER_CHECK_INTERVAL_MS: "500",
    BELLWIRE_BALANCER_CHECK_FAST_MS: "250",
    BELLWIRE_BALANCER_CHECK_TIMEOUT_MS: "500",
    BELLWIRE_BALANCER_SLOW_START_MS: "2000",
  },
  haproxy: {
    "inter 2s fastinter 500ms downinter 500ms": "inter 500ms fastinter 250ms downinter 250ms",
    "timeout check 1s": "timeout check 500ms",
    "slowstart 30s": "slowstart 2s",
  },
} satisfies Pick<SubjectOptions, "env" | "haproxy">;
