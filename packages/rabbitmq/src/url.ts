const HEARTBEAT_SECONDS = 10;

/** The URL as it may be shown: without user and password. */
export function hideCredentials(url: string): string {
  if (!URL.canParse(url)) return "(not a URL)";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Asks for a heartbeat every 10 s, unless the URL names its own. */
export function withHeartbeat(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (!parsed.searchParams.has("heartbeat")) parsed.searchParams.set("heartbeat", String(HEARTBEAT_SECONDS));
  return parsed.href;
}
