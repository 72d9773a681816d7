import type { TransportName } from "@bellwire/hub";
import {
  type Codec,
  type ConnectRequest,
  jsonCodec,
  protobufCodec,
  readConnectRequest,
  uniJsonCodec,
} from "@bellwire/protocol";
import { inEvents, inLines } from "./stream-codec.ts";

/** A transport whose server side is the answer to one request. */
export interface StreamKind {
  readonly transport: TransportName;
  readonly methods: readonly ("GET" | "POST")[];
  /** Chosen by the content type of what the client says first. */
  readonly forms: readonly StreamForm[];
  /** The client sends no commands: what it says first is a connect request. */
  readonly unidirectional: boolean;
}

export interface StreamForm {
  readonly codec: Codec;
  readonly contentType: string;
  /** Bytes that are sent at once. */
  readonly opening: string;
}

const lines = (codec: Codec): StreamForm => ({ codec: inLines(codec), contentType: "application/json", opening: "" });
const events = (codec: Codec): StreamForm => ({
  ...{ codec: inEvents(codec), contentType: "text/event-stream", opening: "\r\n" },
});
const binary: StreamForm = { codec: protobufCodec, contentType: "application/octet-stream", opening: "" };

export const streamKinds: readonly StreamKind[] = [
  { transport: "http_stream", methods: ["POST"], forms: [lines(jsonCodec), binary], unidirectional: false },
  { transport: "sse", methods: ["GET", "POST"], forms: [events(jsonCodec)], unidirectional: false },
  { transport: "uni_http_stream", methods: ["POST"], forms: [lines(uniJsonCodec)], unidirectional: true },
  { transport: "uni_sse", methods: ["GET", "POST"], forms: [events(uniJsonCodec)], unidirectional: true },
];

/** The form that the client's content type asks for, else the first. */
export function formOf({ forms }: StreamKind, contentType: string | undefined): StreamForm {
  const [first] = forms;
  const asked = forms.find((form) => form.contentType === contentType?.split(";", 1)[0]?.trim().toLowerCase());
  if (first === undefined) throw new TypeError("a stream without a form");
  return asked ?? first;
}

/** The connect request that a client of a unidirectional transport begins with; undefined where it is none. */
export function connectRequestIn(text: string): ConnectRequest | undefined {
  try {
    return readConnectRequest(JSON.parse(text));
  } catch {
    // Not JSON.
    return undefined;
  }
}
