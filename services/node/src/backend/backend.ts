import type { z } from "zod";
import { type Asked, Asking, type Outcome } from "./asking.ts";
import type { ProxiesSettings, ProxyName, ProxySettings } from "./settings.ts";

export interface BackendOptions {
  readonly proxies: ProxiesSettings;
  /** A clock that never steps back, ms. */
  readonly now: () => number;
  readonly observe: BackendObserver;
}

export interface BackendObserver {
  /** The figures of an address, read when they are wanted. */
  opened(proxy: ProxyName, asking: Pick<Asking, "inFlight" | "waiting">): void;
  asked(proxy: ProxyName, outcome: Outcome, seconds: number): void;
  failed(proxy: ProxyName, outcome: Outcome, cause: unknown): void;
}

/** The shop's backend: one address for each thing that it is asked about. */
export interface Backend {
  readonly proxies: ProxiesSettings;
  asks(proxy: ProxyName): boolean;
  /** Never rejects; `failed` where it is not asked about such things. */
  ask<Schema extends z.ZodType>(
    proxy: ProxyName,
    question: { readonly body: object; readonly headers: Readonly<Record<string, string>> },
    schema: Schema,
  ): Promise<Asked<z.infer<Schema>>>;
}

export function createBackend({ proxies, now, observe }: BackendOptions): Backend {
  const askings = new Map<ProxyName, Asking>();
  for (const [name, settings] of Object.entries(proxies) as [ProxyName, ProxySettings | undefined][]) {
    if (settings === undefined) continue;
    const asking = new Asking({
      ...{ settings, now },
      observe(outcome, seconds, cause) {
        observe.asked(name, outcome, seconds);
        if (cause !== undefined) observe.failed(name, outcome, cause);
      },
    });
    observe.opened(name, asking);
    askings.set(name, asking);
  }
  return {
    proxies,
    asks: (proxy) => askings.has(proxy),
    ask: async (proxy, { body, headers }, schema) => (await askings.get(proxy)?.ask(body, schema, headers)) ?? "failed",
  };
}

/** The request headers that some address is told. */
export const headersOf = (proxies: ProxiesSettings): readonly string[] => [
  ...new Set(Object.values(proxies).flatMap((proxy) => proxy?.headers ?? [])),
];
