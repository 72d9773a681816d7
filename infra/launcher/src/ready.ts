import { setTimeout as pause } from "node:timers/promises";
import type { ServicePlan } from "./plan.ts";

const ASK_EVERY_MS = 200;
const ANSWER_MS = 2_000;

/** Resolves once every service says that it is ready; rejects naming those that do not within `withinMs`, or when `signal` aborts. */
export async function allReady(plans: readonly ServicePlan[], withinMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + withinMs;
  let waiting = plans.map((plan) => ({ plan, answer: "no answer" }));
  while (waiting.length > 0) {
    signal.throwIfAborted();
    const asked = await Promise.all(waiting.map(async ({ plan }) => ({ plan, answer: await ask(plan.readyUrl) })));
    waiting = asked.filter(({ answer }) => answer !== "ready");
    if (waiting.length === 0) return;
    if (performance.now() > deadline) {
      const who = waiting.map(({ plan, answer }) => `${plan.name} (${plan.readyUrl}: ${answer})`);
      throw new Error(`not ready after ${withinMs / 1_000} s: ${who.join(", ")}`);
    }
    await pause(ASK_EVERY_MS);
  }
}

async function ask(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    const body = await response.text();
    return response.ok ? "ready" : `${response.status} ${body.slice(0, 200)}`;
  } catch (error) {
    if (error instanceof Error) return "no answer";
    throw error;
  }
}
