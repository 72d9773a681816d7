import type { FastifyReply, FastifyRequest } from "fastify";
import type { PushConfig } from "./config.ts";

/** What a Host header may look like before it is quoted in a policy: a name, an IPv4 or a bracketed IPv6 address. */
const HOST = /^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]{2,45}\])(:\d{1,5})?$/;

/** Whom a page loaded from `host` may talk to: the balancer; where it negotiates, also over HTTP, and any node. */
export function pushOrigins(push: PushConfig, host: string | undefined): readonly string[] {
  const origins = webSocketOrigins(push, host);
  if (!push.negotiate) return origins;
  return [...origins.map((origin) => origin.replace(/^ws/, "http")), "ws:", "wss:"];
}

function webSocketOrigins(push: PushConfig, host: string | undefined): readonly string[] {
  if (push.urls.length > 0) return [...new Set(push.urls.map((url) => new URL(url).origin))];
  const name = HOST.exec(host ?? "")?.[1];
  return name === undefined ? [] : [`ws://${name}:${push.port}`, `wss://${name}:${push.port}`];
}

/** The page's content security policy: its own files, its own API and the push cluster, nothing else. */
export function contentPolicy(origins: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    ["connect-src 'self'", ...origins].join(" "),
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Answers a hook that puts the security headers on every response. */
export const secure = (push: PushConfig) => async (request: FastifyRequest, reply: FastifyReply) => {
  reply.headers({
    "content-security-policy": contentPolicy(pushOrigins(push, request.headers.host)),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
  });
};
