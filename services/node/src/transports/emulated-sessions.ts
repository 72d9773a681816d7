import { createHash, randomBytes } from "node:crypto";
import type { Connection } from "@bellwire/hub";
import type { TransportLimits } from "./limits.ts";

const SECRET_BYTES = 32;

/** What became of a POST: its commands are the hub's, nobody has that session, or it has sent too many. */
export type Delivery = "taken" | "unknown" | "tooMany";

interface Held {
  readonly connection: Connection;
  tokens: number;
  countedAt: number;
}

/**
 * The connections of this node whose commands come beside their stream, by the secret that only their client knows. A
 * secret is good for as long as its stream is open. Kept and looked up by digest, so that a guess learns nothing from time.
 */
export class EmulatedSessions {
  readonly #held = new Map<string, Held>();
  readonly #limits: TransportLimits;
  readonly #now: () => number;

  constructor(limits: TransportLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** 256 bits that nobody can guess. */
  newSecret(): string {
    return randomBytes(SECRET_BYTES).toString("base64url");
  }

  /** From now on commands under `secret` are the connection's; until the returned function is called. */
  hold(secret: string, connection: Connection): () => void {
    const key = digestOf(secret);
    this.#held.set(key, { connection, tokens: this.#limits.emulationBurst, countedAt: this.#now() });
    return () => void this.#held.delete(key);
  }

  /** Hands commands over, in their order. Who sends too many POSTs is closed: its client comes back and recovers. */
  deliver(secret: string, frame: Uint8Array): Delivery {
    const held = this.#held.get(digestOf(secret));
    if (held === undefined) return "unknown";
    if (!this.#afford(held)) {
      held.connection.end("tooManyRequests");
      return "tooMany";
    }
    held.connection.receive(frame);
    return "taken";
  }

  #afford(held: Held): boolean {
    const now = this.#now();
    const { emulationPerSecond, emulationBurst } = this.#limits;
    const earned = ((now - held.countedAt) * emulationPerSecond) / 1_000;
    held.tokens = Math.min(emulationBurst, held.tokens + earned);
    held.countedAt = now;
    if (held.tokens < 1) return false;
    held.tokens -= 1;
    return true;
  }
}

const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("base64");
