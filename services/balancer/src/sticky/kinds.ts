import { stickyByCookie } from "./cookie.ts";
import type { Stickiness } from "./stickiness.ts";

/** How it is configured. By source hash nothing travels: the strategy of that name does it. */
export type Sticky =
  | { readonly kind: "none" | "query" | "source-hash"; readonly name: string }
  | { readonly kind: "cookie"; readonly name: string; readonly secret: string };

export function createStickiness(sticky: Sticky): Stickiness {
  switch (sticky.kind) {
    case "cookie":
      return stickyByCookie(sticky);
    case "query":
      return stickyByQuery(sticky.name);
    case "none":
    case "source-hash":
      return notSticky;
  }
}

/** Every connection is placed anew. */
const notSticky: Stickiness = { wantedBy: () => undefined, marks: () => [] };

/** A query parameter names the node; the client has learned the name from the node itself. */
const stickyByQuery = (parameter: string): Stickiness => ({
  wantedBy: ({ target }) => {
    const query = target.split("?", 2)[1];
    return (query !== undefined && new URLSearchParams(query).get(parameter)) || undefined;
  },
  marks: () => [],
});
