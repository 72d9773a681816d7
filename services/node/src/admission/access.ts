import type { Calls, Gate } from "@bellwire/hub";
import { Counter, type Log, type Metrics } from "@bellwire/runtime";
import { createBackend } from "../backend/backend.ts";
import { createBackendGate } from "../backend/backend-gate.ts";
import { observeBackend } from "../backend/observe.ts";
import type { NodeSettings } from "../settings/settings.ts";
import { verifierFrom } from "../settings/tokens.ts";
import { createTokenGate } from "./token-gate.ts";

/** Who may come in and what clients may do: by tokens, and by the shop's backend where it is asked. */
export function createAccess(
  { tokens, proxies }: Pick<NodeSettings, "tokens" | "proxies">,
  { metrics, log }: { readonly metrics: Metrics; readonly log: Log },
): { readonly gate: Gate; readonly calls: Calls } {
  const fetches = new Counter({
    name: "bellwire_jwks_fetches_total",
    help: "Requests for the published key set, by outcome",
    labelNames: ["outcome"],
    registers: [metrics],
  });
  const verifier = verifierFrom(tokens, {
    fetched(outcome, error) {
      fetches.inc({ outcome });
      if (outcome === "failed") log.warn({ err: error }, "key set not read");
    },
  });
  if (tokens.insecure) log.warn("insecure mode: every channel is open to everybody");
  const byTokens = createTokenGate({ verifier, allowAnonymous: tokens.allowAnonymous || tokens.insecure });
  const backend = createBackend({ proxies, now: () => performance.now(), observe: observeBackend(metrics, log) });
  return createBackendGate(byTokens, backend);
}
