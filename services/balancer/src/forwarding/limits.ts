/** Every bound of the forwarding path. Times in ms, sizes in bytes; each has its own environment variable. */
export interface Limits {
  /** TCP connect to a node. */
  readonly connectMs: number;
  /** From the connect to a node until its answer to the upgrade is complete. */
  readonly handshakeMs: number;
  /** From a client's upgrade until it is answered, over all tries. */
  readonly openMs: number;
  /** Further nodes tried after the first. */
  readonly retries: number;
  /** How much of the opens may be retries, percent, beyond the reserve. */
  readonly retryPercent: number;
  /** Retries saved up at most, and there at the start. */
  readonly retryReserve: number;
  /** A tunnel or stream without a byte in either direction. */
  readonly idleMs: number;
  /** How long the other half may stay open after the first end, and how long a refused client may take to leave. */
  readonly lingerMs: number;
  /** A direction that waits for a reader who does not read. */
  readonly stallMs: number;
  /** From the connect of a client until its request's head is complete. */
  readonly headerMs: number;
  readonly headerBytes: number;
  readonly headerCount: number;
  /** What a client may send after its upgrade before the node has accepted. */
  readonly earlyBytes: number;
  /** A plain request's body. */
  readonly bodyBytes: number;
  readonly bodyMs: number;
  /** From the end of a plain request until the head of its answer. */
  readonly responseMs: number;
  /** The body of a node's refusal of an upgrade. */
  readonly answerBytes: number;
  /** Tunnels, handshakes and requests at a time; more are answered 503. */
  readonly open: number;
  /** Accepted TCP connections; more are closed unheard. */
  readonly connections: number;
  /** Tunnels, handshakes and requests on one node. */
  readonly nodeConnections: number;
  /** Connections of one address, IPv6 by /64; 0: no limit. */
  readonly addressConnections: number;
  /** Requests and upgrades of one address per second; 0: no limit. */
  readonly addressOpensPerSecond: number;
  /** How many of them may come at once. */
  readonly addressBurst: number;
  /** Addresses whose rate is remembered. */
  readonly addressTable: number;
  /** From a connect on the PROXY port until its header is complete. */
  readonly proxyHeaderMs: number;
  /** How long tunnels may live on once the balancer stops. */
  readonly drainMs: number;
}

/** The defaults; the environment may change each. */
export const defaultLimits: Limits = {
  connectMs: 1_000,
  handshakeMs: 3_000,
  openMs: 10_000,
  retries: 2,
  retryPercent: 20,
  retryReserve: 100,
  idleMs: 75_000,
  lingerMs: 5_000,
  stallMs: 60_000,
  headerMs: 5_000,
  headerBytes: 16_384,
  headerCount: 100,
  earlyBytes: 65_536,
  bodyBytes: 4_194_304,
  bodyMs: 30_000,
  responseMs: 15_000,
  answerBytes: 65_536,
  open: 9_500,
  connections: 10_000,
  nodeConnections: 20_000,
  addressConnections: 0,
  addressOpensPerSecond: 0,
  addressBurst: 20,
  addressTable: 50_000,
  proxyHeaderMs: 3_000,
  drainMs: 10_000,
};
