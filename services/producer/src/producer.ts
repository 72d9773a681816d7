import { randomUUID } from "node:crypto";
import type { EventSink } from "@bellwire/hub";
import { createMetrics, type Log, type Readiness, type RunningService } from "@bellwire/runtime";
import type { ProducerConfig } from "./config.ts";
import { createHttp } from "./http/app.ts";
import { producerMetrics } from "./metrics.ts";
import { createShop, type Shop } from "./orders/shop.ts";
import { Relay } from "./relay/relay.ts";
import { startSimulator } from "./simulator/simulator.ts";
import type { OrderStore } from "./store/order-store.ts";

/** A sink that can also tell how its connection is. */
export type ProducerSink = EventSink & { state?(): string };

export interface ProducerParts {
  readonly log: Log;
  readonly store: OrderStore;
  readonly sink: ProducerSink;
  /** Default true; false where several services share one process. */
  readonly processMetrics?: boolean;
}

/** Starts the shop: relay, HTTP API, and the simulator where the configuration asks for it. Disposing ends them in reverse; store and sink stay open. */
export async function startProducer(
  config: Pick<ProducerConfig, "host" | "port" | "simulate" | "eventSource" | "relayWindow" | "limits">,
  { log, store, sink, processMetrics = true }: ProducerParts,
): Promise<RunningService & { readonly port: number }> {
  const registry = createMetrics({ processMetrics });
  const metrics = producerMetrics(registry);
  await using starting = new AsyncDisposableStack();
  const relay = starting.use(
    new Relay({
      outbox: store.outbox,
      sink,
      window: config.relayWindow,
      source: config.eventSource,
      holder: randomUUID(),
      random: Math.random,
      observer: {
        published: metrics.published,
        failed: (error, pauseMs) => {
          metrics.relayFailed();
          log.warn({ err: error, pauseMs }, "events could not be published; they wait in the outbox");
        },
      },
    }),
  );
  const shop = counted(
    createShop({ store, now: Date.now, newId: randomUUID, wake: () => relay.wake() }),
    metrics.stepped,
  );
  const readiness = () => look(store, sink, config.limits.maxOutbox, metrics.outbox);
  const http = await createHttp({ shop, store, metrics: registry, readiness, log });
  starting.defer(() => http.close());
  await http.listen({ host: config.host, port: config.port });
  if (config.simulate > 0) starting.use(startSimulator({ shop, rate: config.simulate, log }));
  const address = http.server.address();
  const port = typeof address === "object" && address !== null ? address.port : config.port;
  log.info({ host: config.host, port, simulate: config.simulate }, "producer is serving");
  const running = starting.move();
  return { port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Ready while writes are taken: a broker that is away fills the outbox, and only a full outbox refuses. */
async function look(
  store: OrderStore,
  sink: ProducerSink,
  maxOutbox: number,
  report: (entries: number) => void,
): Promise<Readiness> {
  const broker = sink.state?.() ?? "unknown";
  try {
    const outbox = await store.outbox.length();
    report(outbox);
    return { ready: outbox < maxOutbox, detail: { outbox, maxOutbox, broker } };
  } catch (error) {
    return { ready: false, detail: { store: error instanceof Error ? error.message : String(error), broker } };
  }
}

function counted(shop: Shop, stepped: (outcome: Awaited<ReturnType<Shop["place"]>>["kind"]) => void): Shop {
  const count =
    <Args extends unknown[]>(act: (...args: Args) => ReturnType<Shop["place"]>) =>
    async (...args: Args) => {
      const outcome = await act(...args);
      stepped(outcome.kind);
      return outcome;
    };
  return { ...shop, place: count(shop.place), move: count(shop.move), record: count(shop.record) };
}
