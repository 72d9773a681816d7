import { MAX_EVENT_BYTES } from "./envelope.ts";
import { shown } from "./reason.ts";

/** An event as the broker delivers it. */
export interface RawShopEvent {
  readonly routingKey: string;
  readonly contentType: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

/** An envelope and its data, taken apart but not yet checked. */
export type Content =
  | { readonly ok: true; readonly envelope: Readonly<Record<string, unknown>>; readonly data: unknown }
  | { readonly ok: false; readonly reason: string };

/** Reads both content modes of the CloudEvents AMQP binding: structured (one JSON object) and binary (attributes in headers). */
export function contentOf(raw: RawShopEvent): Content {
  if (raw.body.byteLength > MAX_EVENT_BYTES)
    return refuse(`the event has ${raw.body.byteLength} bytes; at most ${MAX_EVENT_BYTES} are accepted`);
  const mediaType = raw.contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (mediaType === "application/cloudevents+json") return structured(raw.body);
  const attributes = attributesOf(raw.headers);
  if (mediaType === "application/json" && Object.keys(attributes).length > 0) return binary(raw.body, attributes);
  const headers = Object.keys(attributes).length > 0 ? "there are" : "there are no";
  return refuse(
    `content type ${shown(raw.contentType ?? "")} does not tell an event (and ${headers} cloudEvents: headers): send application/cloudevents+json with the whole event as the body, ` +
      "or application/json with the data as the body and the attributes as cloudEvents: headers",
  );
}

function structured(body: Uint8Array): Content {
  const parsed = parseJson(body);
  if (!parsed.ok) return parsed;
  if (typeof parsed.value !== "object" || parsed.value === null || Array.isArray(parsed.value))
    return refuse(`the body must be one JSON object with a CloudEvents 1.0 event, not ${shown(parsed.value)}`);
  const { data, ...envelope } = parsed.value as Record<string, unknown>;
  if ("data_base64" in envelope) return refuse("data_base64 is not supported: put the JSON data into data");
  return { ok: true, envelope, data };
}

function binary(body: Uint8Array, envelope: Record<string, unknown>): Content {
  const parsed = parseJson(body);
  return parsed.ok ? { ok: true, envelope, data: parsed.value } : parsed;
}

const PREFIX = /^cloudEvents[:_]/i;

function attributesOf(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const named = Object.entries(headers).filter(([name]) => PREFIX.test(name));
  return Object.fromEntries(named.map(([name, value]) => [name.slice("cloudEvents:".length), textOf(value)]));
}

/** AMQP clients may send `time` as a timestamp, which amqplib shows as `{ "!": "timestamp", value: seconds }`. */
function textOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("!" in value) || !("value" in value)) return value;
  const time = value["!"] === "timestamp" ? new Date(Number(value.value) * 1_000) : undefined;
  return time !== undefined && !Number.isNaN(time.getTime()) ? time.toISOString() : value;
}

type Json = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The deepest nesting of arrays and objects: what is passed on is serialised again, which recurses. */
export const MAX_DEPTH = 32;

function parseJson(body: Uint8Array): Json {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch (error) {
    return refuse(`the body is not UTF-8: ${messageOf(error)}`);
  }
  try {
    const value: unknown = JSON.parse(text);
    return isDeeperThan(value, MAX_DEPTH)
      ? refuse(`the body nests more than ${MAX_DEPTH} levels of arrays and objects`)
      : { ok: true, value };
  } catch (error) {
    return refuse(`the body is not JSON: ${messageOf(error)}`);
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : String(error);
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
