import type { Observer } from "../observing/observer.ts";

/** Hears nothing. */
export const silent: Observer = {
  opened: () => undefined,
  closed: () => undefined,
  relayed: () => undefined,
  answered: () => undefined,
  aborted: () => undefined,
  attemptFailed: () => undefined,
  exchanged: () => undefined,
  dropped: () => undefined,
  addressForgotten: () => undefined,
  retryRefused: () => undefined,
  outOfTurn: () => undefined,
  nodeChanged: () => undefined,
  certificateRefused: () => undefined,
  negotiated: () => undefined,
  weightChanged: () => undefined,
  strategyChanged: () => undefined,
  ejectionRefused: () => undefined,
  panicChanged: () => undefined,
  rosterFailed: () => undefined,
  rosterBack: () => undefined,
  recordRefused: () => undefined,
  rosterCut: () => undefined,
};
