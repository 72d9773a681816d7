import { z } from "zod";
import type { Codec } from "./codec.ts";
import { EmulationMessage } from "./protobuf-schema.ts";

const name = z.string().min(1).max(128);

const EmulationRequest = z.compile(
  z.object({ session: name, node: name, data: z.union([z.string().min(1), z.instanceof(Uint8Array)]) }),
);

/** Commands that come beside a stream, and whose they are: the secret and the node that its connect reply named. */
export interface Emulation {
  readonly session: string;
  readonly node: string;
  /** A client frame of the stream's codec. */
  readonly frame: Uint8Array;
}

/** Reads the body of a client's POST; undefined where it is none. Never throws. */
export function readEmulation(codec: Codec["name"], body: Uint8Array): Emulation | undefined {
  const parsed = EmulationRequest.safeParse(codec === "json" ? ofJson(body) : ofProtobuf(body));
  if (!parsed.success) return undefined;
  const { session, node, data } = parsed.data;
  const frame = typeof data === "string" ? Buffer.from(data) : data;
  return frame.byteLength === 0 ? undefined : { session, node, frame };
}

function ofJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  } catch {
    // Not JSON: undefined is no request either.
    return undefined;
  }
}

function ofProtobuf(body: Uint8Array): unknown {
  try {
    return EmulationMessage.toObject(EmulationMessage.decode(body));
  } catch {
    // No message of the schema.
    return undefined;
  }
}
