import { z } from "zod";

const whole = (min: number, max: number, fallback: number) => z.number().int().min(min).max(max).default(fallback);

/** Headers that describe one hop or one body, or that the node sets itself: never taken over from a client. */
const OWN_HEADERS = new Set(
  [
    ["connection", "content-encoding", "content-length", "content-type", "expect", "host", "keep-alive", "te"],
    ["trailer", "transfer-encoding", "upgrade", "sec-websocket-key", "sec-websocket-extensions"],
  ].flat(),
);

const HeaderName = z
  .string()
  .max(64)
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, "must be a header's name in lower case")
  .refine((name) => !OWN_HEADERS.has(name), "cannot be passed on");

/** One of the shop's addresses that is asked before something is done. */
export const ProxySettings = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2_048),
  /** From the moment the client asked, waiting for a place included. */
  timeoutMs: whole(50, 30_000, 1_000),
  /** Requests of this node at once. */
  concurrency: whole(1, 1_000, 64),
  /** Requests that wait for a place; more are refused at once. */
  queue: whole(0, 100_000, 1_024),
  /** The largest answer that is read. */
  answerBytes: whole(256, 1_048_576, 262_144),
  /** The client's request headers that are passed on. */
  headers: z.array(HeaderName).max(32).default([]),
  /** Headers of the node's own, such as a secret that the backend knows it by. */
  staticHeaders: z
    .record(HeaderName, z.string().max(4_096))
    .refine((headers) => Object.keys(headers).length <= 16, "at most 16 are allowed")
    .default({}),
});
export type ProxySettings = Readonly<z.infer<typeof ProxySettings>>;

/** What the shop's backend is asked about; absent: not asked. */
export const ProxiesSettings = z.strictObject({
  /** Clients that come without a token. */
  connect: ProxySettings.optional(),
  /** Subscriptions in namespaces with `subscribe: "backend"`. */
  subscribe: ProxySettings.optional(),
  /** Publications of clients in namespaces with `publish: "backend"`. */
  publish: ProxySettings.optional(),
  /** RPCs that the node does not answer itself. */
  rpc: ProxySettings.optional(),
});
export type ProxiesSettings = Readonly<z.infer<typeof ProxiesSettings>>;
export type ProxyName = keyof ProxiesSettings;
