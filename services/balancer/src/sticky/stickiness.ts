import type { HeaderLines } from "../heads/headers.ts";
import type { Visitor } from "../trust/visitor.ts";

/** What of a request can name a node. */
export interface StickyRequest {
  readonly target: string;
  readonly lines: HeaderLines;
}

/** How a client comes back to the node that it had. */
export interface Stickiness {
  /** The node that a request asks for, undefined if it asks for none or cannot prove that it may. */
  wantedBy(request: StickyRequest): string | undefined;
  /** Header lines that tell a client which node it has, none if it knows. */
  marks(node: string, wanted: string | undefined, scheme: Visitor["scheme"]): HeaderLines;
}
