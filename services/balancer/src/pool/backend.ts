import type { NodeRecord } from "@bellwire/hub";
import { type Ejection, notEjected } from "../health/ejection.ts";
import { type Health, type HealthRules, newHealth } from "../health/health.ts";
import type { Candidate } from "../strategies/strategy.ts";
import type { Address } from "./address.ts";

/** What the world may know of a node at one moment; only `up` is chosen. */
export type NodeState = "up" | "down" | "suspect" | "ejected" | "draining" | "not_ready" | "absent" | "replaced";

/** Where and how a node's health is asked. */
export interface CheckTarget {
  readonly address: Address;
  readonly path: string;
  /** For the Host header, where the node is known by a name; absent: its address. */
  readonly name?: string;
}

/** A node as the balancer sees it. Only the pool changes it. */
export class Backend implements Candidate {
  readonly id: string;
  readonly source: "static" | "registry";
  address: Address;
  checkTarget: CheckTarget;
  weight: number;
  warmth = 100;
  health: Health;
  ejection: Ejection = notEjected;
  /** Out because of failed handshakes. */
  ejected = false;
  active = 0;
  /** The registry's last word. */
  word: Pick<NodeRecord, "state" | "ready" | "startedAt" | "clients" | "publicUrl"> | undefined;
  /** Clients that came without us, as the registry tells; part of `active`. */
  direct = 0;
  /** Clients that have negotiated and not come yet; part of `active`. */
  reserved = 0;
  /** An operator wants nothing new on it. */
  held = false;
  /** Tunnels that an operator wants closed by us, and how fast. */
  cutting: { readonly perSecond: number; left: number } | undefined;
  /** Since when the registry no longer names it, ms. */
  absentSince: number | undefined;
  /** False once the registry has not named it for too long: it stays only until its last tunnel ends. */
  present = true;
  /** A static node that the registry knows too, under its own id. */
  replaced = false;
  /** It starts slowly when it next comes up. */
  cold = false;
  /** Since when it starts slowly, ms. */
  warmingSince: number | undefined;
  /** How many of its tunnels the next sweep may close. */
  toShed = 0;
  lastCause = "new";
  checkAt = 0;
  suspectedAt = Number.NEGATIVE_INFINITY;

  constructor(
    known: { readonly id: string; readonly source: "static" | "registry"; readonly weight: number },
    where: { readonly address: Address; readonly checkTarget: CheckTarget },
    rules: HealthRules,
  ) {
    this.id = known.id;
    this.source = known.source;
    this.weight = known.weight;
    this.address = where.address;
    this.checkTarget = where.checkTarget;
    this.health = newHealth(rules);
  }

  get state(): NodeState {
    if (!this.present) return "absent";
    if (this.replaced) return "replaced";
    if (this.held || this.word?.state === "draining") return "draining";
    if (this.word?.ready === false) return "not_ready";
    if (this.health.status !== "up") return this.health.status;
    return this.ejected ? "ejected" : "up";
  }

  /** Clients that connect to it themselves are counted as its own word says, for there is no tunnel to count. Answers how many more they are. */
  countDirect(): number {
    const { word, active, direct, reserved } = this;
    const tunnels = active - direct - reserved;
    this.setDirect(word?.publicUrl === undefined ? 0 : Math.max(0, word.clients - tunnels));
    return this.direct - direct;
  }

  setDirect(direct: number): void {
    this.active += direct - this.direct;
    this.direct = direct;
  }

  /** How many tunnels may be closed by now, `sinceMs` after the last time. */
  cutsWithin(sinceMs: number): number {
    if (this.cutting === undefined) return 0;
    const more = Math.min(this.cutting.left, (sinceMs / 1_000) * this.cutting.perSecond);
    this.cutting.left -= more;
    return this.toShed + more;
  }
}
