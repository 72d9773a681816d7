/** What the balancer does with a path: join it to a node, answer itself, or not know it. */
export type Route = "connection" | "negotiate" | "request" | "unknown" | "malformed";

const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

/** Decides by the path alone. Only origin-form in printable ASCII is a path; one that a node might normalize is malformed. */
export function routeOf(target: string): Route {
  if (!/^\/[!-~]*$/.test(target) || target.includes("#")) return "malformed";
  const path = target.split("?", 1)[0] ?? "";
  if (path.includes("\\") || /%2f|%5c|%00/i.test(path) || DOT_SEGMENT.test(path)) return "malformed";
  if (path.startsWith("/connection/")) return "connection";
  if (path === "/negotiate") return "negotiate";
  return path === "/emulation" || path === "/api" || path.startsWith("/api/") ? "request" : "unknown";
}
