import type { Limits } from "../forwarding/limits.ts";
import type { AnswerCause } from "../heads/answers.ts";
import type { HeaderLines } from "../heads/headers.ts";
import type { Observer } from "../observing/observer.ts";
import { addressGroup, plainAddress } from "../pool/address.ts";
import { clientAddress, clientScheme, type ProxyTrust } from "../trust/forwarded-for.ts";
import type { Visitor } from "../trust/visitor.ts";
import type { Wire } from "../wires/wire.ts";
import { TokenBuckets } from "./token-buckets.ts";

type ArrivalLimits = Pick<
  Limits,
  "connections" | "addressConnections" | "addressOpensPerSecond" | "addressBurst" | "addressTable"
>;

/** A connection that is accepted: who is at its other end, and which client it counts for. */
export interface Arrival {
  readonly peer: string;
  readonly scheme: Visitor["scheme"];
  group: string | undefined;
  gone: boolean;
}

/** Beyond so many times what one address may hold, its connections are not even heard. */
const UNHEARD = 2;

/** Who is connected, and which client each connection belongs to. */
export class Arrivals {
  readonly #limits: ArrivalLimits;
  readonly #trust: ProxyTrust;
  readonly #observer: Observer;
  readonly #clock: () => number;
  readonly #opens: TokenBuckets;
  readonly #held = new Map<string, number>();
  readonly #waiters: (() => void)[] = [];
  #size = 0;

  constructor(options: {
    readonly limits: ArrivalLimits;
    readonly trust: ProxyTrust;
    readonly observer: Observer;
    readonly clock: () => number;
  }) {
    const { limits, observer } = options;
    this.#limits = limits;
    this.#trust = options.trust;
    this.#observer = observer;
    this.#clock = options.clock;
    this.#opens = new TokenBuckets({
      perSecond: limits.addressOpensPerSecond,
      burst: limits.addressBurst,
      maxKeys: limits.addressTable,
      onForgotten: () => observer.addressForgotten(),
    });
  }

  /** Connections accepted and not yet closed. */
  get size(): number {
    return this.#size;
  }

  /** Resolves once no connection is left. */
  async empty(): Promise<void> {
    if (this.#size > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  /** Takes a new connection; `source` is its client where a PROXY header has proven it. One too many is destroyed: undefined. */
  arrive(wire: Wire, source?: string): Arrival | undefined {
    const peer = source ?? plainAddress(wire.remoteAddress ?? "unknown");
    const arrival: Arrival = { peer, scheme: wire.encrypted ? "https" : "http", group: undefined, gone: false };
    this.#size += 1;
    wire.onGone(() => this.#left(arrival));
    if (this.#size > this.#limits.connections) return this.#drop(wire, "connections");
    if (this.#trust.proxies.has(peer)) return arrival; // Its connections are its clients', who are not known before a request.
    this.#hold(arrival, addressGroup(peer));
    const { addressConnections } = this.#limits;
    if (addressConnections > 0 && this.#heldBy(arrival.group) > UNHEARD * addressConnections)
      return this.#drop(wire, "address");
    return arrival;
  }

  /** Whose request it is. Of a connection's requests only the first may be asked about. */
  visitor(arrival: Arrival, lines: HeaderLines): Visitor {
    const address = clientAddress(arrival.peer, lines, this.#trust);
    const group = address === arrival.peer && arrival.group !== undefined ? arrival.group : addressGroup(address);
    if (arrival.group === undefined && !arrival.gone) this.#hold(arrival, group);
    const scheme = clientScheme({ peer: arrival.peer, own: arrival.scheme }, lines, this.#trust);
    return { address, group, scheme };
  }

  /** Why a client may not be served now. A request that may is counted. */
  refusalOf({ group }: Visitor): AnswerCause | undefined {
    const { addressConnections, addressOpensPerSecond } = this.#limits;
    if (addressConnections > 0 && this.#heldBy(group) > addressConnections) return "address_full";
    if (addressOpensPerSecond > 0 && !this.#opens.take(group, this.#clock())) return "too_many_opens";
    return undefined;
  }

  #heldBy(group: string | undefined): number {
    return group === undefined ? 0 : (this.#held.get(group) ?? 0);
  }

  #hold(arrival: Arrival, group: string): void {
    arrival.group = group;
    this.#held.set(group, this.#heldBy(group) + 1);
  }

  #left(arrival: Arrival): void {
    this.#size -= 1;
    arrival.gone = true;
    if (this.#size === 0) for (const resolve of this.#waiters.splice(0)) resolve();
    const { group } = arrival;
    if (group === undefined) return;
    const held = this.#heldBy(group) - 1;
    if (held > 0) this.#held.set(group, held);
    else this.#held.delete(group);
  }

  #drop(wire: Wire, cause: "connections" | "address"): undefined {
    this.#observer.dropped(cause);
    wire.destroy();
  }
}
