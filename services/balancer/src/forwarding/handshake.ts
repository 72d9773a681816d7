import { refuse } from "../doors/refusal.ts";
import type { AnswerCause } from "../heads/answers.ts";
import { valuesOf } from "../heads/headers.ts";
import { openedText, type ResponseHead } from "../heads/response-head.ts";
import type { UpgradeRequest } from "../heads/upgrade-request.ts";
import type { AttemptFault } from "../observing/observer.ts";
import type { Backend } from "../pool/backend.ts";
import type { Lease } from "../pool/lease.ts";
import type { Visitor } from "../trust/visitor.ts";
import { nobody, type Wire, type WireOwner } from "../wires/wire.ts";
import type { Forwarding } from "./forwarding.ts";
import { Knock, type KnockOutcome } from "./knock.ts";
import { Relay } from "./relay.ts";
import { mayTryAgain } from "./retry.ts";
import type { Swept } from "./sweep.ts";
import { Tunnel } from "./tunnel.ts";

/** Answers of a node that mean "not here, not now"; any other refusal is the client's to hear. */
const BUSY = new Set([502, 503, 429]);

/**
 * From a client's upgrade to its tunnel: tries nodes until one opens, and meanwhile keeps what the client sends to itself.
 */
export class Handshake implements Swept, WireOwner {
  readonly #client: Wire;
  readonly #visitor: Visitor;
  readonly #wanted: string | undefined;
  readonly #request: UpgradeRequest;
  readonly #forwarding: Forwarding;
  readonly #startedAt = performance.now();
  readonly #openedAt: number;
  readonly #tried = new Set<Backend>();
  #chunks: Buffer[] = [];
  #bytes = 0;
  #lease: Lease | undefined;
  #knock: Knock | undefined;
  #lastFault: AttemptFault | undefined;
  #busyRetryAfter: string | undefined;

  constructor(
    client: {
      readonly wire: Wire;
      readonly visitor: Visitor;
      /** The node that it is stuck to. */
      readonly wanted: string | undefined;
      /** What came behind the request's head. */
      readonly early: Buffer;
    },
    request: UpgradeRequest,
    forwarding: Forwarding,
  ) {
    this.#client = client.wire;
    this.#visitor = client.visitor;
    this.#wanted = client.wanted;
    this.#request = request;
    this.#forwarding = forwarding;
    this.#openedAt = forwarding.sweep.now;
    forwarding.sweep.add(this);
    this.#client.owner = this;
    if (client.early.length > 0) this.heard(client.early);
    if (this.#bytes > forwarding.limits.earlyBytes) return;
    forwarding.retries.opened();
    this.#tryNext();
  }

  check(now: number): void {
    if (now - this.#openedAt >= this.#forwarding.limits.openMs) {
      this.#lastFault = "handshake_timeout";
      this.#giveUp();
    } else this.#knock?.check(now);
  }

  cut(): void {
    this.#detach();
    this.#client.owner = nobody;
    this.#client.destroy();
  }

  heard(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#forwarding.limits.earlyBytes) {
      this.#refuse("malformed");
      return;
    }
    this.#chunks.push(Buffer.from(chunk));
  }

  ended(): void {
    this.#abort();
  }

  closed(): void {
    this.#abort();
  }

  #tryNext(): void {
    const { pool, limits, sweep } = this.#forwarding;
    const lease = pool.lease(this.#visitor.group, this.#tried, this.#wanted);
    if (lease === undefined) {
      this.#giveUp();
      return;
    }
    this.#lease = lease;
    this.#tried.add(lease.backend);
    this.#knock = new Knock(this.#client, lease.endpoint, this.#request, {
      limits,
      now: sweep.now,
      settle: (outcome) => this.#settled(outcome, lease),
    });
  }

  #settled(outcome: KnockOutcome, lease: Lease): void {
    switch (outcome.kind) {
      case "opened":
        this.#open(outcome, lease);
        return;
      case "answered":
        this.#answered(outcome, lease);
        return;
      case "failed":
        this.#lastFault = outcome.fault;
        this.#failed(outcome.fault, lease);
        if (mayTryAgain(this.#tried, this.#forwarding)) this.#tryNext();
        else this.#giveUp();
        return;
    }
  }

  #failed(fault: AttemptFault, lease: Lease): void {
    const { pool, observer } = this.#forwarding;
    lease.release();
    observer.attemptFailed(lease.backend.id, fault);
    if (fault === "refused" || fault === "connect_timeout")
      pool.note(lease.backend, "refused", `a client's connect failed: ${fault}`);
    else if (fault !== "busy") pool.failed(lease.backend, `upgrades failed: ${fault}`);
  }

  #answered(outcome: { head: ResponseHead; wire: Wire; rest: Buffer }, lease: Lease): void {
    const { head, wire, rest } = outcome;
    const { pool } = this.#forwarding;
    if (head.status >= 500) pool.failed(lease.backend, `upgrades were answered ${head.status}`);
    else pool.succeeded(lease.backend);
    if (BUSY.has(head.status) && mayTryAgain(this.#tried, this.#forwarding)) {
      wire.destroy();
      [this.#busyRetryAfter] = valuesOf(head.lines, "retry-after");
      this.#lastFault = "busy";
      this.#failed("busy", lease);
      this.#tryNext();
      return;
    }
    this.#detach({ keepLease: true });
    this.#forwarding.observer.relayed(head.status);
    new Relay({ client: this.#client, node: wire }, { head, rest }, lease, this.#forwarding);
  }

  #open({ head, wire, rest }: { head: ResponseHead; wire: Wire; rest: Buffer }, lease: Lease): void {
    const early = this.#chunks;
    this.#detach({ keepLease: true });
    const { pool, observer, stickiness } = this.#forwarding;
    pool.succeeded(lease.backend);
    observer.opened(performance.now() - this.#startedAt);
    const marks = stickiness.marks(lease.backend.id, this.#wanted, this.#visitor.scheme);
    this.#client.writeText(openedText(head, marks));
    if (rest.length > 0) this.#client.write(rest);
    for (const chunk of early) wire.write(chunk);
    new Tunnel({ client: this.#client, node: wire }, lease, this.#forwarding);
  }

  #giveUp(): void {
    switch (this.#lastFault) {
      case "handshake_timeout":
      case "connect_timeout":
        this.#refuse("node_timeout");
        return;
      case "closed":
      case "bad_answer":
        this.#refuse("bad_gateway");
        return;
      case "busy":
      case "refused":
        this.#refuse("no_node");
        return;
      case undefined:
        this.#refuse(this.#forwarding.pool.available ? "nodes_full" : "no_node");
        return;
    }
  }

  #refuse(cause: AnswerCause): void {
    this.#detach();
    const { sweep, limits, random, observer } = this.#forwarding;
    observer.answered(cause);
    const retryAfter = cause === "no_node" ? this.#busyRetryAfter : undefined;
    refuse(this.#client, cause, { sweep, lingerMs: limits.lingerMs, random, ...(retryAfter && { retryAfter }) });
  }

  #abort(): void {
    this.#detach();
    this.#client.owner = nobody;
    this.#client.destroy();
    this.#forwarding.observer.aborted();
  }

  #detach(options: { readonly keepLease: boolean } = { keepLease: false }): void {
    this.#forwarding.sweep.delete(this);
    if (!options.keepLease) {
      this.#knock?.abandon();
      this.#lease?.release();
    }
    this.#knock = undefined;
    this.#chunks = [];
  }
}
