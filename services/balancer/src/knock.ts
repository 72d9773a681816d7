import { connect, type Socket } from "node:net";
import type { Address } from "./address.ts";
import type { Limits } from "./limits.ts";
import type { AttemptFault } from "./observer.ts";
import { ignoreError } from "./refusal.ts";
import { isOpened, parseResponseHead, type ResponseHead } from "./response-head.ts";
import type { UpgradeRequest } from "./upgrade-request.ts";

/** What came of showing an upgrade to one node. `rest` is what followed the head in the same bytes. */
export type KnockOutcome =
  | {
      readonly kind: "opened" | "answered";
      readonly head: ResponseHead;
      readonly socket: Socket;
      readonly rest: Buffer;
    }
  | { readonly kind: "failed"; readonly fault: AttemptFault };

type KnockLimits = Pick<Limits, "connectMs" | "handshakeMs" | "headerBytes" | "headerCount">;

const HEAD_END = Buffer.from("\r\n\r\n");
const KEEPALIVE_MS = 30_000;

/** Shows one upgrade to one node and hears its answer. Settles at most once; the socket then belongs to who was told. */
export class Knock {
  readonly #socket: Socket;
  readonly #request: UpgradeRequest;
  readonly #limits: KnockLimits;
  readonly #startedAt: number;
  readonly #onChunk = (chunk: Buffer): void => this.#heard(chunk);
  readonly #onEnd = (): void => this.#fail(this.#connected ? "closed" : "refused");
  readonly #onConnect = (): void => this.#show();
  #settle: ((outcome: KnockOutcome) => void) | undefined;
  #received: Buffer = Buffer.alloc(0);
  #connected = false;

  constructor(
    address: Address,
    request: UpgradeRequest,
    parts: { readonly limits: KnockLimits; readonly now: number; readonly settle: (outcome: KnockOutcome) => void },
  ) {
    this.#request = request;
    this.#limits = parts.limits;
    this.#startedAt = parts.now;
    this.#settle = parts.settle;
    this.#socket = connect({
      host: address.host,
      port: address.port,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_MS,
    });
    this.#socket.on("error", ignoreError);
    this.#socket.on("connect", this.#onConnect).on("data", this.#onChunk);
    this.#socket.on("end", this.#onEnd).on("close", this.#onEnd);
  }

  check(now: number): void {
    const elapsed = now - this.#startedAt;
    if (!this.#connected && elapsed >= this.#limits.connectMs) this.#fail("connect_timeout");
    else if (elapsed >= this.#limits.handshakeMs) this.#fail("handshake_timeout");
  }

  /** Leaves without an outcome. */
  abandon(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #show(): void {
    this.#connected = true;
    this.#socket.write(this.#request.text, "latin1");
  }

  #heard(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf(HEAD_END);
    const headBytes = end >= 0 ? end : this.#received.length;
    if (headBytes > this.#limits.headerBytes) this.#fail("bad_answer");
    else if (end >= 0) this.#answered(this.#received.toString("latin1", 0, end), this.#received.subarray(end + 4));
  }

  #answered(text: string, rest: Buffer): void {
    const head = parseResponseHead(text, this.#limits.headerCount);
    if (head === undefined) {
      this.#fail("bad_answer");
      return;
    }
    const opened = isOpened(head, this.#request.accept);
    if (!opened && head.status < 200) {
      this.#fail("bad_answer");
      return;
    }
    this.#socket.pause();
    this.#socket.off("connect", this.#onConnect).off("data", this.#onChunk);
    this.#socket.off("end", this.#onEnd).off("close", this.#onEnd);
    this.#finish({ kind: opened ? "opened" : "answered", head, socket: this.#socket, rest });
  }

  #fail(fault: AttemptFault): void {
    this.#socket.destroy();
    this.#finish({ kind: "failed", fault });
  }

  #finish(outcome: KnockOutcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }
}
