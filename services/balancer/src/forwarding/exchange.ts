import {
  type ClientRequest,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { type AnswerCause, answers, composeAnswer } from "../heads/answers.ts";
import { endToEnd, headerLines } from "../heads/headers.ts";
import type { PlainRequest } from "../heads/plain-request.ts";
import type { AttemptFault } from "../observing/observer.ts";
import type { Backend } from "../pool/backend.ts";
import type { Lease } from "../pool/lease.ts";
import type { Visitor } from "../trust/visitor.ts";
import type { Forwarding } from "./forwarding.ts";
import { mayTryAgain } from "./retry.ts";
import type { Swept } from "./sweep.ts";
import { UploadedBody } from "./uploaded-body.ts";

/** Answers a plain request in the balancer's own name. */
export function answerPlain(reply: ServerResponse, cause: AnswerCause, random: () => number): void {
  const { status } = answers[cause];
  const { lines, text } = composeAnswer(cause, random);
  reply.writeHead(status, lines.flat());
  reply.end(reply.req.method === "HEAD" ? undefined : text);
}

/**
 * One plain request and its answer, which may be a stream without end: forwarded as it comes, with back-pressure.
 * Another node is tried only while nothing of the request has been sent.
 */
export class Exchange implements Swept {
  readonly #reply: ServerResponse;
  readonly #request: PlainRequest;
  readonly #visitor: Visitor;
  readonly #wanted: string | undefined;
  readonly #forwarding: Forwarding;
  readonly #tried = new Set<Backend>();
  readonly #body: UploadedBody;
  #lease: Lease | undefined;
  #upstream: ClientRequest | undefined;
  #seenAt: number;
  #phase: "connecting" | "waiting" | "answering" | "over" = "connecting";

  constructor(
    client: {
      readonly incoming: IncomingMessage;
      readonly reply: ServerResponse;
      readonly visitor: Visitor;
      /** The node that it is stuck to. */
      readonly wanted: string | undefined;
    },
    request: PlainRequest,
    forwarding: Forwarding,
  ) {
    this.#reply = client.reply;
    this.#visitor = client.visitor;
    this.#wanted = client.wanted;
    this.#request = request;
    this.#forwarding = forwarding;
    this.#seenAt = forwarding.sweep.now;
    this.#body = new UploadedBody(client.incoming, {
      maxBytes: forwarding.limits.bodyBytes,
      onBytes: () => this.#seen(),
      onTooLarge: () => this.#fail("body_too_large"),
    });
    forwarding.sweep.add(this);
    this.#reply.on("close", () => this.#finish());
    forwarding.retries.opened();
    this.#tryNext();
  }

  check(now: number): void {
    const silent = now - this.#seenAt;
    const { connectMs, responseMs, idleMs } = this.#forwarding.limits;
    if (this.#phase === "connecting" && silent >= connectMs) this.#attemptFailed("connect_timeout");
    else if (this.#phase === "waiting" && silent >= responseMs) this.#fail("node_timeout");
    else if (this.#phase === "answering" && silent >= idleMs) this.#reply.destroy();
    else if (this.#phase === "answering") this.#shed();
  }

  cut(): void {
    this.#reply.destroy();
  }

  #shed(): void {
    const backend = this.#lease?.backend;
    if (backend === undefined || backend.toShed < 1) return;
    backend.toShed -= 1;
    this.#reply.destroy();
  }

  #seen(): void {
    this.#seenAt = this.#forwarding.sweep.now;
  }

  #tryNext(): void {
    const { pool, agent, sweep } = this.#forwarding;
    const lease = pool.lease(this.#visitor.group, this.#tried, this.#wanted);
    if (lease === undefined) {
      this.#fail(this.#tried.size === 0 && pool.available ? "nodes_full" : "no_node");
      return;
    }
    this.#lease = lease;
    this.#tried.add(lease.backend);
    this.#seenAt = sweep.now;
    const { method, target: path, lines } = this.#request;
    const { host, port, localAddress } = lease.endpoint;
    const upstream = openRequest({ agent, host, port, localAddress, method, path, headers: lines.flat() });
    this.#upstream = upstream;
    upstream.on("socket", (socket) => {
      if (socket.connecting) socket.once("connect", () => this.#send(upstream));
      else this.#send(upstream);
    });
    upstream.on("response", (answer) => this.#answer(answer));
    upstream.on("error", () => this.#broken(upstream));
    upstream.on("close", () => this.#broken(upstream));
  }

  #send(upstream: ClientRequest): void {
    if (upstream !== this.#upstream || this.#phase !== "connecting") return;
    this.#phase = "waiting";
    this.#seen();
    if (this.#request.hasBody) this.#body.pourInto(upstream);
    else upstream.end();
  }

  #broken(upstream: ClientRequest): void {
    if (upstream !== this.#upstream) return;
    if (this.#phase === "connecting") this.#attemptFailed("refused");
    else if (this.#phase === "waiting" && upstream.reusedSocket && !this.#request.hasBody) this.#again();
    else if (this.#phase === "waiting") this.#fail("bad_gateway");
  }

  /** A kept connection that the node had closed meanwhile says nothing about the node. */
  #again(): void {
    this.#release();
    this.#phase = "connecting";
    if (mayTryAgain(this.#tried, this.#forwarding)) this.#tryNext();
    else this.#fail("bad_gateway");
  }

  #attemptFailed(fault: AttemptFault): void {
    const { pool, observer } = this.#forwarding;
    const backend = this.#lease?.backend;
    this.#release();
    if (backend !== undefined) {
      observer.attemptFailed(backend.id, fault);
      pool.note(backend, "refused", `a client's connect failed: ${fault}`);
    }
    if (mayTryAgain(this.#tried, this.#forwarding)) this.#tryNext();
    else this.#fail("no_node");
  }

  #answer(answer: IncomingMessage): void {
    if (this.#phase !== "waiting") {
      answer.resume();
      return;
    }
    const status = answer.statusCode ?? 0;
    if (status < 200) {
      this.#fail("bad_gateway");
      return;
    }
    this.#phase = "answering";
    const marks =
      this.#lease === undefined
        ? []
        : this.#forwarding.stickiness.marks(this.#lease.backend.id, this.#wanted, this.#visitor.scheme);
    const lines = [...endToEnd(headerLines(answer.rawHeaders)), ...marks, ["Connection", "close"] as const];
    this.#reply.writeHead(status, STATUS_CODES[status] ?? "", lines.flat());
    this.#reply.flushHeaders();
    this.#seen();
    answer.on("data", (chunk: Buffer) => {
      this.#seen();
      if (!this.#reply.write(chunk)) answer.pause();
    });
    this.#reply.on("drain", () => answer.resume());
    answer.on("end", () => this.#reply.end());
    answer.on("error", () => this.#reply.destroy());
  }

  #fail(cause: AnswerCause): void {
    this.#release();
    if (this.#phase === "over") return;
    if (this.#reply.headersSent) return void this.#reply.destroy();
    this.#phase = "over";
    this.#forwarding.observer.answered(cause);
    answerPlain(this.#reply, cause, this.#forwarding.random);
    this.#body.forget();
  }

  #release(): void {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    upstream?.destroy();
    this.#lease?.release();
    this.#lease = undefined;
  }

  #finish(): void {
    const complete = this.#phase === "answering" && this.#reply.writableFinished;
    if (complete && this.#upstream?.writableFinished) this.#upstream = undefined; // Its connection goes back to the agent.
    this.#phase = "over";
    this.#release();
    this.#forwarding.sweep.delete(this);
    this.#forwarding.observer.exchanged(complete);
  }
}
