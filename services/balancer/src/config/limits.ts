import { whole } from "@bellwire/runtime";
import type { z } from "zod";
import { defaultLimits, type Limits } from "../forwarding/limits.ts";

export const HOUR_MS = 3_600_000;
export const ms = (fallback: number) => whole(fallback, 1, HOUR_MS);

export const limitsShape = {
  BELLWIRE_BALANCER_CONNECT_MS: ms(defaultLimits.connectMs),
  BELLWIRE_BALANCER_HANDSHAKE_MS: ms(defaultLimits.handshakeMs),
  BELLWIRE_BALANCER_OPEN_MS: ms(defaultLimits.openMs),
  BELLWIRE_BALANCER_RETRIES: whole(defaultLimits.retries, 0, 10),
  BELLWIRE_BALANCER_RETRY_PERCENT: whole(defaultLimits.retryPercent, 0, 1_000),
  BELLWIRE_BALANCER_RETRY_RESERVE: whole(defaultLimits.retryReserve, 0, 100_000),
  BELLWIRE_BALANCER_IDLE_MS: ms(defaultLimits.idleMs),
  BELLWIRE_BALANCER_LINGER_MS: ms(defaultLimits.lingerMs),
  BELLWIRE_BALANCER_STALL_MS: ms(defaultLimits.stallMs),
  BELLWIRE_BALANCER_HEADER_MS: ms(defaultLimits.headerMs),
  BELLWIRE_BALANCER_HEADER_BYTES: whole(defaultLimits.headerBytes, 1_024, 1_048_576),
  BELLWIRE_BALANCER_HEADER_COUNT: whole(defaultLimits.headerCount, 10, 1_000),
  BELLWIRE_BALANCER_EARLY_BYTES: whole(defaultLimits.earlyBytes, 0, 1_048_576),
  BELLWIRE_BALANCER_BODY_BYTES: whole(defaultLimits.bodyBytes, 0, 1_073_741_824),
  BELLWIRE_BALANCER_BODY_MS: ms(defaultLimits.bodyMs),
  BELLWIRE_BALANCER_RESPONSE_MS: ms(defaultLimits.responseMs),
  BELLWIRE_BALANCER_ANSWER_BYTES: whole(defaultLimits.answerBytes, 0, 1_048_576),
  BELLWIRE_BALANCER_OPEN: whole(defaultLimits.open, 1, 1_000_000),
  BELLWIRE_BALANCER_CONNECTIONS: whole(defaultLimits.connections, 1, 1_000_000),
  BELLWIRE_BALANCER_NODE_CONNECTIONS: whole(defaultLimits.nodeConnections, 1, 1_000_000),
  BELLWIRE_BALANCER_ADDRESS_CONNECTIONS: whole(defaultLimits.addressConnections, 0, 1_000_000),
  BELLWIRE_BALANCER_ADDRESS_OPENS_PER_SECOND: whole(defaultLimits.addressOpensPerSecond, 0, 100_000),
  BELLWIRE_BALANCER_ADDRESS_BURST: whole(defaultLimits.addressBurst, 1, 100_000),
  BELLWIRE_BALANCER_ADDRESS_TABLE: whole(defaultLimits.addressTable, 1, 10_000_000),
  BELLWIRE_BALANCER_PROXY_HEADER_MS: ms(defaultLimits.proxyHeaderMs),
  BELLWIRE_BALANCER_DRAIN_MS: whole(defaultLimits.drainMs, 0, HOUR_MS),
};

export const limitsOf = (read: z.infer<z.ZodObject<typeof limitsShape>>): Limits => ({
  connectMs: read.BELLWIRE_BALANCER_CONNECT_MS,
  handshakeMs: read.BELLWIRE_BALANCER_HANDSHAKE_MS,
  openMs: read.BELLWIRE_BALANCER_OPEN_MS,
  retries: read.BELLWIRE_BALANCER_RETRIES,
  retryPercent: read.BELLWIRE_BALANCER_RETRY_PERCENT,
  retryReserve: read.BELLWIRE_BALANCER_RETRY_RESERVE,
  idleMs: read.BELLWIRE_BALANCER_IDLE_MS,
  lingerMs: read.BELLWIRE_BALANCER_LINGER_MS,
  stallMs: read.BELLWIRE_BALANCER_STALL_MS,
  headerMs: read.BELLWIRE_BALANCER_HEADER_MS,
  headerBytes: read.BELLWIRE_BALANCER_HEADER_BYTES,
  headerCount: read.BELLWIRE_BALANCER_HEADER_COUNT,
  earlyBytes: read.BELLWIRE_BALANCER_EARLY_BYTES,
  bodyBytes: read.BELLWIRE_BALANCER_BODY_BYTES,
  bodyMs: read.BELLWIRE_BALANCER_BODY_MS,
  responseMs: read.BELLWIRE_BALANCER_RESPONSE_MS,
  answerBytes: read.BELLWIRE_BALANCER_ANSWER_BYTES,
  open: read.BELLWIRE_BALANCER_OPEN,
  connections: read.BELLWIRE_BALANCER_CONNECTIONS,
  nodeConnections: read.BELLWIRE_BALANCER_NODE_CONNECTIONS,
  addressConnections: read.BELLWIRE_BALANCER_ADDRESS_CONNECTIONS,
  addressOpensPerSecond: read.BELLWIRE_BALANCER_ADDRESS_OPENS_PER_SECOND,
  addressBurst: read.BELLWIRE_BALANCER_ADDRESS_BURST,
  addressTable: read.BELLWIRE_BALANCER_ADDRESS_TABLE,
  proxyHeaderMs: read.BELLWIRE_BALANCER_PROXY_HEADER_MS,
  drainMs: read.BELLWIRE_BALANCER_DRAIN_MS,
});
