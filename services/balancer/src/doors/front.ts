import type { Arrival, Arrivals } from "../admission/arrivals.ts";
import type { Forwarding } from "../forwarding/forwarding.ts";
import { Handshake } from "../forwarding/handshake.ts";
import type { Sweep } from "../forwarding/sweep.ts";
import type { AnswerCause } from "../heads/answers.ts";
import { tokensOf, valuesOf } from "../heads/headers.ts";
import { readPlain } from "../heads/plain-request.ts";
import type { CompleteHead } from "../heads/request-head.ts";
import { type RequestHead, readUpgrade } from "../heads/upgrade-request.ts";
import type { NegotiateDoor } from "../negotiate/door.ts";
import type { Visitor } from "../trust/visitor.ts";
import type { Wire } from "../wires/wire.ts";
import { type Greeted, Greeting } from "./greeting.ts";
import { createPlainDoor } from "./plain-door.ts";
import { refuse } from "./refusal.ts";

/** What every port leads to. */
export interface Front {
  /** Takes an accepted connection; `source` is its client where that is proven. */
  take(wire: Wire, source?: string): void;
  /** From now on every request is answered 503. */
  stopTaking(): void;
  /** Ends every connection. */
  cutAll(): void;
}

/**
 * Accepts clients. One connection serves one request: whatever follows it on the same connection is never read as one.
 * `greetings` are the connections that have not said yet what they want.
 */
export function createFront(
  forwarding: Forwarding,
  parts: { readonly arrivals: Arrivals; readonly greetings: Sweep; readonly negotiate: NegotiateDoor },
): Front {
  const { limits, sweep, observer, random, stickiness } = forwarding;
  const { arrivals, greetings } = parts;
  const plain = createPlainDoor(forwarding, parts.negotiate);
  let stopping = false;

  const answer = (wire: Wire, cause: AnswerCause, bodiless = false): void => {
    observer.answered(cause);
    refuse(wire, cause, { sweep, lingerMs: limits.lingerMs, random, bodiless });
  };

  const refusalOf = (head: RequestHead, visitor: Visitor): AnswerCause | undefined => {
    if (stopping) return "stopping";
    if (head.lines.length > limits.headerCount) return "header_too_large";
    return sweep.size >= limits.open ? "full" : arrivals.refusalOf(visitor);
  };

  const request = (wire: Wire, arrival: Arrival, { head, bytes, rest }: CompleteHead): void => {
    const visitor = arrivals.visitor(arrival, head.lines);
    const refusal = refusalOf(head, visitor);
    if (refusal !== undefined) return answer(wire, refusal, head.method === "HEAD");
    if (wantsUpgrade(head)) {
      const reading = readUpgrade(head, visitor);
      if (!reading.ok) return answer(wire, reading.cause);
      const wanted = stickiness.wantedBy(head);
      return void new Handshake({ wire, visitor, wanted, early: rest }, reading.request, forwarding);
    }
    const reading = readPlain(head, visitor, limits.bodyBytes);
    if (!reading.ok) return answer(wire, reading.cause, head.method === "HEAD");
    const wanted = stickiness.wantedBy(head);
    plain.take(wire, bytes, { request: reading.request, visitor, wanted });
  };

  const { headerMs, headerBytes } = limits;
  const greeted: Greeted = { sweep: greetings, headerMs, headerBytes, request, bad: answer };
  const take = (wire: Wire, source?: string): void => {
    const arrival = arrivals.arrive(wire, source);
    if (arrival !== undefined) new Greeting(wire, arrival, greeted);
  };

  return {
    take,
    stopTaking: () => {
      stopping = true;
    },
    cutAll: () => {
      greetings.cutAll();
      sweep.cutAll();
      plain.cutAll();
    },
  };
}

const wantsUpgrade = ({ lines }: RequestHead): boolean =>
  valuesOf(lines, "upgrade").length > 0 && tokensOf(lines, "connection").includes("upgrade");
