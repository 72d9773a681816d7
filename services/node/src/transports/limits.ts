import { z } from "zod";

const whole = (min: number, max: number) => z.number().int().min(min).max(max);

/** Every bound of the transports besides WebSocket's own. Times in ms, sizes in bytes. */
export const TransportLimits = z.strictObject({
  /** What one request may hold of the protocol: the first frame of a stream, or the commands of one POST. */
  frameBytes: whole(1_024, 1_048_576),
  /** How long a stream that was ended may take to send its last bytes. */
  closeMs: whole(100, 60_000),
  /** POSTs of one session, in the long run; a session that sends more is closed with 3013. */
  emulationPerSecond: whole(1, 10_000),
  /** How many of them may come at once. */
  emulationBurst: whole(1, 10_000),
  /** POSTs that a node has in hand for sessions of other nodes; more are answered 503. */
  emulationInFlight: whole(1, 100_000),
  /** How long the other node may take. */
  emulationMs: whole(100, 60_000),
});
export type TransportLimits = Readonly<z.infer<typeof TransportLimits>>;

export const defaultTransportLimits: TransportLimits = {
  frameBytes: 65_536,
  closeMs: 2_000,
  emulationPerSecond: 100,
  emulationBurst: 500,
  emulationInFlight: 512,
  emulationMs: 3_000,
};
