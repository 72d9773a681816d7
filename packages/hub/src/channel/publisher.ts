import type { HubObserver } from "../observer.ts";
import type { Bus } from "../ports/bus.ts";
import type { NodeId } from "../ports/registry.ts";
import type { Append, Appended, Streams } from "../ports/streams.ts";
import { route } from "./route.ts";

/**
 * The one way into a channel, for events, API and clients alike: the stream first, then the bus. Rejects when either could
 * not be told; a repeat with the same event id is harmless and completes what was left undone.
 */
export class Publisher {
  readonly #streams: Streams;
  readonly #bus: Bus;
  readonly #observer: HubObserver;
  readonly #liveNodes: () => readonly NodeId[];

  constructor(parts: { streams: Streams; bus: Bus; observer: HubObserver; liveNodes: () => readonly NodeId[] }) {
    this.#streams = parts.streams;
    this.#bus = parts.bus;
    this.#observer = parts.observer;
    this.#liveNodes = parts.liveNodes;
  }

  /** Resolves once the stream has it and the bus has confirmed. */
  async publish(append: Append): Promise<Appended> {
    const appended = await this.#streams.append(append);
    await this.#tell(append, appended);
    return appended;
  }

  /**
   * Resolves once the stream has it. Where there is history the stream is the promise: a bus that cannot be reached delays
   * the delivery until the nodes compare their positions, and is reported to the observer.
   */
  async publishDurably(append: Append): Promise<Appended> {
    const appended = await this.#streams.append(append);
    try {
      await this.#tell(append, appended);
    } catch (error) {
      if (append.history.size === 0) throw error;
      this.#observer.failed("bus", error);
    }
    return appended;
  }

  async #tell({ channel }: Append, appended: Appended): Promise<void> {
    if (!("holders" in appended)) return this.#observer.published(appended.kind, 0);
    const { publication, position, holders } = appended;
    const live = this.#liveNodes().length;
    const target = publication && route(holders, live);
    this.#observer.published(appended.kind, target === "all" ? live : (target?.length ?? 0));
    if (publication === undefined || target === undefined) return;
    await this.#bus.send({ kind: "publication", channel, epoch: position.epoch, publication }, target);
  }
}
