import type { Rate } from "./session/allowance.ts";
import type { SlowLimits } from "./session/slow.ts";

/** Every bound of the hub. Times in ms, sizes in bytes unless named otherwise. */
export interface HubLimits {
  /** Subscriptions of one client. */
  readonly channelsPerClient: number;
  /** Connections of one user on all nodes, as far as the nodes know of one another at that moment; 0: any number. */
  readonly connectionsPerUser: number;
  /** Commands of one client: beyond it they are answered with 111, and beyond twice the burst the connection ends with 3013. */
  readonly commands: Rate;
  /** Commands of one client that were answered with an error which is not temporary: beyond it the connection ends with 3509. */
  readonly errors: Rate;
  /** Commands of one client that wait or are being done. */
  readonly pendingCommands: number;
  /** Publications in one recovery; a client that missed more is told to reload. */
  readonly recovery: number;
  /** Publications in one history reply. */
  readonly history: number;
  /** Clients in one presence reply; a channel with more answers its statistics only. */
  readonly presence: number;
  /** A client publish's payload. */
  readonly publishBytes: number;
  /** How long an RPC may take. */
  readonly rpcMs: number;
  /** What an RPC is answered. */
  readonly rpcBytes: number;
  /** RPCs of one client, and of all clients of this node, that are being done. */
  readonly rpcsPerClient: number;
  readonly rpcs: number;
  /** How long the other nodes may take to name their channels. */
  readonly surveyMs: number;
  /** Channels that one survey may find. */
  readonly surveyedChannels: number;
  /** Surveys of this node at once. */
  readonly surveys: number;
  /** Publications that wait per channel for a hole to close, and that are kept while someone joins. */
  readonly heldPublications: number;
  /** How long a hole may take to close by itself before the stream is read. */
  readonly holeMs: number;
  /** How long a channel without subscribers is kept: a page reload costs nothing. */
  readonly lingerMs: number;
  /** Each channel's position is compared with its stream so often. */
  readonly positionCheckMs: number;
  /** Channels asked about in one call. */
  readonly positionsPerCall: number;
  readonly pingSeconds: number;
  /** How long a client may take to answer a ping. */
  readonly pongMs: number;
  /** How long a connection may stay without its connect command. */
  readonly connectMs: number;
  /** How long an expired connection may take to refresh its token. */
  readonly expiryGraceMs: number;
  /** A connection is sent back to the balancer before it is so old, by chance up to a fifth earlier; 0: never. */
  readonly maxConnectionAgeMs: number;
  /** Sessions written to in one turn of the loop. */
  readonly flushChunk: number;
  readonly slow: SlowLimits;
}

export const defaultLimits: HubLimits = {
  channelsPerClient: 128,
  connectionsPerUser: 0,
  commands: { burst: 1_000, perSecond: 100 },
  errors: { burst: 200, perSecond: 1 },
  pendingCommands: 256,
  recovery: 300,
  history: 300,
  presence: 1_000,
  publishBytes: 32_768,
  rpcMs: 5_000,
  rpcBytes: 65_536,
  rpcsPerClient: 16,
  rpcs: 1_000,
  surveyMs: 2_000,
  surveyedChannels: 10_000,
  surveys: 16,
  heldPublications: 1_024,
  holeMs: 100,
  lingerMs: 2_000,
  positionCheckMs: 5_000,
  positionsPerCall: 256,
  pingSeconds: 25,
  pongMs: 8_000,
  connectMs: 10_000,
  expiryGraceMs: 25_000,
  maxConnectionAgeMs: 0,
  flushChunk: 256,
  slow: { softBytes: 262_144, hardBytes: 1_048_576, graceMs: 10_000 },
};
