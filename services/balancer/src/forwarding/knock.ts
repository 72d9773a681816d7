import { isOpened, parseResponseHead, type ResponseHead } from "../heads/response-head.ts";
import type { UpgradeRequest } from "../heads/upgrade-request.ts";
import type { AttemptFault } from "../observing/observer.ts";
import type { Endpoint } from "../pool/address.ts";
import type { DialOwner, Wire } from "../wires/wire.ts";
import type { Limits } from "./limits.ts";

/** What came of showing an upgrade to one node. `rest` is what followed the head in the same bytes. */
export type KnockOutcome =
  | {
      readonly kind: "opened" | "answered";
      readonly head: ResponseHead;
      readonly wire: Wire;
      readonly rest: Buffer;
    }
  | { readonly kind: "failed"; readonly fault: AttemptFault };

type KnockLimits = Pick<Limits, "connectMs" | "handshakeMs" | "headerBytes" | "headerCount">;

const HEAD_END = Buffer.from("\r\n\r\n");
const NOTHING: Buffer = Buffer.alloc(0);

/** Shows one upgrade to one node and hears its answer. Settles at most once; the wire then waits for an owner. */
export class Knock implements DialOwner {
  readonly #wire: Wire;
  readonly #request: UpgradeRequest;
  readonly #limits: KnockLimits;
  readonly #startedAt: number;
  #settle: ((outcome: KnockOutcome) => void) | undefined;
  #received: Buffer = NOTHING;
  #connected = false;

  constructor(
    client: Wire,
    to: Endpoint,
    request: UpgradeRequest,
    parts: { readonly limits: KnockLimits; readonly now: number; readonly settle: (outcome: KnockOutcome) => void },
  ) {
    this.#request = request;
    this.#limits = parts.limits;
    this.#startedAt = parts.now;
    this.#settle = parts.settle;
    this.#wire = client.dial(to, this);
  }

  check(now: number): void {
    const elapsed = now - this.#startedAt;
    if (!this.#connected && elapsed >= this.#limits.connectMs) this.#fail("connect_timeout");
    else if (elapsed >= this.#limits.handshakeMs) this.#fail("handshake_timeout");
  }

  /** Leaves without an outcome. */
  abandon(): void {
    this.#settle = undefined;
    this.#wire.destroy();
  }

  connected(wire: Wire): void {
    this.#connected = true;
    wire.writeText(this.#request.text);
  }

  heard(chunk: Buffer): void {
    if (this.#settle === undefined) return;
    const received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = received.indexOf(HEAD_END);
    const headBytes = end >= 0 ? end : received.length;
    if (headBytes > this.#limits.headerBytes) this.#fail("bad_answer");
    else if (end >= 0) this.#answered(received.toString("latin1", 0, end), received.subarray(end + 4));
    else this.#received = received === chunk ? Buffer.from(chunk) : received;
  }

  ended(): void {
    this.#fail(this.#connected ? "closed" : "refused");
  }

  closed(): void {
    this.#fail(this.#connected ? "closed" : "refused");
  }

  #answered(text: string, rest: Buffer): void {
    const head = parseResponseHead(text, this.#limits.headerCount);
    const opened = head !== undefined && isOpened(head, this.#request.accept);
    if (head === undefined || (!opened && head.status < 200)) {
      this.#fail("bad_answer");
      return;
    }
    this.#finish({ kind: opened ? "opened" : "answered", head, wire: this.#wire, rest });
  }

  #fail(fault: AttemptFault): void {
    this.#wire.destroy();
    this.#finish({ kind: "failed", fault });
  }

  #finish(outcome: KnockOutcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }
}
