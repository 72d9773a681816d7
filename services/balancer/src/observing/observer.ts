import type { AnswerCause } from "../heads/answers.ts";
import type { NodeState } from "../pool/backend.ts";

/** Why a try at one node did not lead to a tunnel. */
export type AttemptFault = "refused" | "connect_timeout" | "handshake_timeout" | "closed" | "bad_answer" | "busy";

export const CLOSE_CAUSES = ["client", "node", "broken", "idle", "stall", "linger", "stopped", "shed"] as const;

/** How a tunnel ended; the first cause counts. */
export type CloseCause = (typeof CLOSE_CAUSES)[number];

/** Why a connection was not even heard: too many in all, too many of its address, or a bad start on its port. */
export type DropCause = "connections" | "address" | "proxy_untrusted" | "proxy_header" | "tls";

/** What the balancer tells of its work. Ids are arguments, never labels without bound. */
export interface Observer {
  /** A node answered 101; `ms` from the client's request. */
  opened(ms: number): void;
  closed(cause: CloseCause): void;
  /** A node's refusal went to the client. */
  relayed(status: number): void;
  /** The balancer answered in its own name. */
  answered(cause: AnswerCause): void;
  /** The client left before its upgrade was answered. */
  aborted(): void;
  attemptFailed(node: string, fault: AttemptFault): void;
  /** A plain request or stream ended; `complete` if the whole answer was sent. */
  exchanged(complete: boolean): void;
  /** A client was told where to connect: to a node itself, or to us. */
  negotiated(direct: boolean): void;
  /** A connection was closed unheard. */
  dropped(cause: DropCause): void;
  /** An address was forgotten while it still had less than its burst: the table is too small. */
  addressForgotten(): void;
  /** A further try was not made: too many of late. */
  retryRefused(): void;
  /** A connection was destroyed because it spoke out of turn. */
  outOfTurn(): void;
  nodeChanged(node: string, from: NodeState | "unknown", to: NodeState | "gone", cause: string): void;
  /** New certificate files cannot be used. */
  certificateRefused(): void;
  /** An operator gave a node another weight. */
  weightChanged(node: string, from: number, to: number): void;
  strategyChanged(from: string, to: string): void;
  /** A node earned an ejection, but too many are out already. */
  ejectionRefused(node: string): void;
  /** So few nodes are up that checks are not believed any more, or enough are up again. */
  panicChanged(panic: boolean, nodes: { readonly up: number; readonly of: number }): void;
  rosterFailed(error: unknown): void;
  rosterBack(): void;
  /** The registry names a node whose addresses cannot be used; it is left out. */
  recordRefused(node: string): void;
  /** More nodes were named than the balancer keeps. */
  rosterCut(named: number): void;
}
