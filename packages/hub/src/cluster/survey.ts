import type { ChannelName } from "@bellwire/protocol";
import type { HubObserver } from "../observer.ts";
import type { Bus, BusMessage } from "../ports/bus.ts";
import type { Clock } from "../ports/clock.ts";
import type { NodeId } from "../ports/registry.ts";
import { fits } from "./glob.ts";

type Question = Extract<BusMessage, { readonly kind: "question" }>;
type Answer = Extract<BusMessage, { readonly kind: "answer" }>;

export interface SurveyLimits {
  /** How long the nodes may take to answer, ms. */
  readonly answerMs: number;
  /** Channels in one node's answer, and in the whole. */
  readonly channels: number;
  /** Questions of this node that wait for their answers. */
  readonly atOnce: number;
}

export interface SurveyParts {
  readonly node: NodeId;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: SurveyLimits;
  readonly observer: HubObserver;
  readonly liveNodes: () => readonly NodeId[];
  /** The channels of this node with how many are subscribed here. */
  readonly channels: () => Iterable<readonly [ChannelName, number]>;
}

/**
 * - `complete`: every live node has answered.
 * - `cut`: there are more channels than an answer may hold.
 * - `silent`: a node that should be alive did not answer in time.
 * - `busy`: too many questions are being asked.
 */
export type Surveyed =
  | { readonly kind: "complete"; readonly channels: ReadonlyMap<ChannelName, number> }
  | { readonly kind: "cut" | "silent" | "busy" };

interface Asked {
  readonly silent: Set<NodeId>;
  readonly channels: Map<ChannelName, number>;
  readonly done: (surveyed: Surveyed) => void;
}

/** Asks all nodes for their channels, and answers those that ask. */
export class Survey {
  readonly #parts: SurveyParts;
  readonly #asked = new Map<number, Asked>();
  #nonce: number;

  constructor(parts: SurveyParts) {
    this.#parts = parts;
    // By chance: answers to an earlier life of a node of this name fit no question of its new one.
    this.#nonce = Math.floor(parts.clock.random() * 2 ** 40);
  }

  /** The channels of all nodes that fit the pattern. Rejects when the bus does not take the question. */
  async ask(pattern: string): Promise<Surveyed> {
    const { node, bus, clock, limits, liveNodes } = this.#parts;
    if (this.#asked.size >= limits.atOnce) return { kind: "busy" };
    this.#nonce += 1;
    const nonce = this.#nonce;
    const { promise, resolve } = Promise.withResolvers<Surveyed>();
    const cancel = clock.after(limits.answerMs, () => resolve({ kind: "silent" }));
    this.#asked.set(nonce, {
      silent: new Set([...liveNodes(), node]),
      channels: new Map(),
      done: resolve,
    });
    try {
      this.hear(this.#answerTo({ kind: "question", node, nonce, pattern }));
      if (this.#asked.get(nonce)?.silent.size !== 0) await bus.send({ kind: "question", node, nonce, pattern }, "all");
      return await promise;
    } finally {
      cancel();
      this.#asked.delete(nonce);
    }
  }

  /** A node asks; its own questions come back too and are answered already. */
  answer(question: Question): void {
    const { node, bus, observer } = this.#parts;
    if (question.node === node) return;
    bus.send(this.#answerTo(question), [question.node]).catch((error: unknown) => observer.failed("bus", error));
  }

  hear({ node, nonce, channels, cut }: Answer): void {
    const asked = this.#asked.get(nonce);
    if (asked === undefined || !asked.silent.delete(node)) return;
    if (cut) return asked.done({ kind: "cut" });
    for (const [channel, clients] of channels)
      asked.channels.set(channel, (asked.channels.get(channel) ?? 0) + clients);
    if (asked.channels.size > this.#parts.limits.channels) return asked.done({ kind: "cut" });
    if (asked.silent.size === 0) asked.done({ kind: "complete", channels: asked.channels });
  }

  #answerTo({ nonce, pattern }: Question): Answer {
    const { node, channels, limits } = this.#parts;
    const found: Array<readonly [ChannelName, number]> = [];
    for (const [channel, clients] of channels()) {
      if (clients === 0 || !fits(pattern, channel)) continue;
      if (found.length >= limits.channels) return { kind: "answer", node, nonce, channels: [], cut: true };
      found.push([channel, clients]);
    }
    return { kind: "answer", node, nonce, channels: found, cut: false };
  }
}
