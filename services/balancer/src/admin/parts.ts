import type { onRequestAsyncHookHandler } from "fastify";
import type { Controls } from "../control.ts";
import type { Pool } from "../pool/pool.ts";

/** What the routes use. */
export interface AdminParts {
  readonly pool: Pool;
  readonly controls: Controls;
  readonly drainNodeMs: number;
  /** Whether clients are kept on their nodes. */
  readonly sticky: boolean;
  /** For what names clients. */
  readonly mayRead: onRequestAsyncHookHandler[];
  readonly mayChange: onRequestAsyncHookHandler[];
}
