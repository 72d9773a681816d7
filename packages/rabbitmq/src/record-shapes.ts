import type { BusMessage } from "@bellwire/hub";
import type { ClientInfo } from "@bellwire/protocol";

/** Is it a JSON object? */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === "string";
const isTextOrAbsent = (value: unknown): value is string | undefined => value === undefined || isText(value);

/** The sender's info, or undefined where it is none. */
export function asInfo(value: unknown): ClientInfo | undefined {
  if (!isObject(value)) return undefined;
  const { user, client, connInfo, chanInfo } = value;
  if (!isText(user) || !isText(client) || !isTextOrAbsent(connInfo) || !isTextOrAbsent(chanInfo)) return undefined;
  return {
    user,
    client,
    ...(connInfo === undefined ? {} : { connInfo }),
    ...(chanInfo === undefined ? {} : { chanInfo }),
  };
}

/** Tags, or undefined where it is none. */
export function asTags(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value) || !Object.values(value).every(isText)) return undefined;
  return value as Readonly<Record<string, string>>;
}

/** A disconnect without its kind, or undefined where it is none. */
export function asDisconnect(value: unknown): BusMessage | undefined {
  if (!isObject(value)) return undefined;
  const { user, client, session, keep, code, reason } = value;
  if (![user, client, session].every(isTextOrAbsent) || !isText(reason)) return undefined;
  if (!Array.isArray(keep) || !keep.every(isText) || typeof code !== "number" || !Number.isInteger(code))
    return undefined;
  return {
    kind: "disconnect",
    ...(isText(user) && { user }),
    ...(isText(client) && { client }),
    ...(isText(session) && { session }),
    keep,
    code,
    reason,
  };
}

/** A probe without its kind, or undefined where it is none. */
export function asProbe(value: unknown): BusMessage | undefined {
  if (!isObject(value)) return undefined;
  const { node, nonce } = value;
  if (!isText(node) || typeof nonce !== "number" || !Number.isFinite(nonce)) return undefined;
  return { kind: "probe", node, nonce };
}
