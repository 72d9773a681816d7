import type { Socket } from "node:net";
import type { Endpoint } from "../pool/address.ts";

/** Whom a wire's bytes and ends are for at the moment. */
export interface WireOwner {
  /** `chunk` is valid during the call only: who keeps it copies it. */
  heard(chunk: Buffer, wire: Wire): void;
  /** The peer has ended its half. */
  ended(wire: Wire): void;
  /** The connection is gone; nothing is called after that. */
  closed(wire: Wire): void;
  /** What a write could not pass on has been passed on. */
  drained?(wire: Wire): void;
}

/** The owner of a wire to a node. */
export interface DialOwner extends WireOwner {
  connected(wire: Wire): void;
}

/**
 * A connection with one owner at a time: passing it on from one stage of its life to the next costs an assignment.
 * It may be half open: each side ends its half, and when both have, it is closed.
 */
export interface Wire {
  owner: WireOwner;
  /** Of an accepted wire; undefined when the peer has left already. */
  readonly remoteAddress: string | undefined;
  /** What it carries came through TLS. */
  readonly encrypted: boolean;
  /** The peer has ended its half, and that has been heard. */
  readonly peerEnded: boolean;
  readonly destroyed: boolean;
  /** Bytes that wait for the peer to read. */
  readonly waiting: number;
  /** False when the peer does not read fast enough: `drained` follows. What can be written no more is forgotten. */
  write(chunk: Buffer): boolean;
  /** Writes text of one byte a character. */
  writeText(text: string): void;
  /** Ends our half behind `text` and what has been written. */
  end(text?: string): void;
  /** Closes at once; `closed` follows, never within the call. */
  destroy(): void;
  pause(): void;
  resume(): void;
  /** Calls `listener` once the connection is gone, whoever has it then. */
  onGone(listener: () => void): void;
  /** Connects to a node by the same means. Failing is `closed` without `connected`. */
  dial(to: Endpoint, owner: DialOwner): Wire;
  /** Leaves an accepted connection, paused, to somebody else; nothing is called any more. */
  release(): Socket;
}

/** Of a wire that has been given up, and of one that has none yet. */
export const nobody: WireOwner = { heard: () => undefined, ended: () => undefined, closed: () => undefined };
