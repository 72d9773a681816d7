import { type ChannelName, isApplicationError } from "@bellwire/protocol";
import type { Caller, Refusal } from "../gate.ts";
import type { HubLimits } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";

/** Who calls, and how far it has been served in its channels. */
export interface RpcCaller extends Caller {
  readonly subscriptions: ReadonlyMap<ChannelName, { readonly live: boolean; readonly offset: number }>;
}

/** `data` is JSON text. */
export interface RpcCall {
  readonly method: string;
  readonly data?: string;
}

export type RpcAnswer = { readonly ok: true; readonly data?: string } | Refusal;

/** What clients can call and send to. A rejection is an outage: the client may try again. */
export interface Calls {
  /** Undefined where nobody knows the method. */
  rpc(caller: RpcCaller, call: RpcCall): Promise<RpcAnswer> | undefined;
  /** Takes a message without an answer; absent: a client that sends one is ended with 3508. */
  readonly send?: (caller: RpcCaller, data: string) => void;
}

/** Carries calls to their handlers within bounds: so many at once, so long, so large an answer. */
export class CallDesk {
  readonly #calls: Calls;
  readonly #clock: Clock;
  readonly #limits: HubLimits;
  readonly #byClient = new Map<string, number>();
  #all = 0;

  constructor(parts: { calls: Calls; clock: Clock; limits: HubLimits }) {
    this.#calls = parts.calls;
    this.#clock = parts.clock;
    this.#limits = parts.limits;
  }

  get send(): Calls["send"] {
    return this.#calls.send;
  }

  /** Rejects when the handler does. A handler that is too slow is answered for, and goes on counting until it ends. */
  async call(caller: RpcCaller, call: RpcCall): Promise<RpcAnswer> {
    const { rpcs, rpcsPerClient, rpcMs, rpcBytes } = this.#limits;
    const ofClient = this.#byClient.get(caller.client) ?? 0;
    if (this.#all >= rpcs || ofClient >= rpcsPerClient) return { ok: false, error: "tooManyRequests" };
    const answering = this.#calls.rpc(caller, call);
    if (answering === undefined) return { ok: false, error: "methodNotFound" };
    this.#all += 1;
    this.#byClient.set(caller.client, ofClient + 1);
    const answered = answering.finally(() => this.#done(caller.client));
    const answer = await this.#within(rpcMs, answered);
    if (answer === undefined) return { ok: false, error: "internal" };
    if (answer.ok) {
      const isFit = Buffer.byteLength(answer.data ?? "") <= rpcBytes;
      return isFit ? answer : { ok: false, error: "limitExceeded" };
    }
    if ("close" in answer) return answer;
    const isKnown = typeof answer.error === "string" || isApplicationError(answer.error);
    return isKnown ? answer : { ok: false, error: "internal" };
  }

  #within(ms: number, answer: Promise<RpcAnswer>): Promise<RpcAnswer | undefined> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(ms, () => resolve(undefined));
      answer.then(resolve, reject).finally(cancel);
    });
  }

  #done(client: string): void {
    this.#all -= 1;
    const left = (this.#byClient.get(client) ?? 1) - 1;
    if (left > 0) this.#byClient.set(client, left);
    else this.#byClient.delete(client);
  }
}
