import {
  type NodeId,
  type Receipts,
  type RpcAnswer,
  type RpcCaller,
  rulesOf,
  type SubjectVersion,
} from "@bellwire/hub";
import type { CallHandler } from "../calls.ts";
import { ShownRequest, type ShownWorld, shownVersion } from "./shown-version.ts";
import { type Teller, UNTOLD_MS } from "./teller.ts";

export interface ShownCallWorld extends ShownWorld {
  readonly node: NodeId;
  readonly receipts: Receipts;
  /** Absent: the shop is not told. */
  readonly teller: Teller | undefined;
  readonly now: () => number;
}

/**
 * The RPC `shown`: a client has shown a version of an order to its user. Answers `{first}`; only the first showing of a
 * version is kept, and only of what was delivered to that very client.
 */
export function createShownCall(world: ShownCallWorld): CallHandler {
  return async (caller, data) => {
    const request = ShownRequest.safeParse(data === undefined ? undefined : JSON.parse(data));
    if (!request.success) return { ok: false, error: "badRequest" };
    const version = await shownVersion(world, caller, request.data);
    return typeof version === "string" ? { ok: false, error: version } : keep(world, caller, version);
  };
}

async function keep(world: ShownCallWorld, caller: RpcCaller, version: SubjectVersion): Promise<RpcAnswer> {
  const { receipts, teller, namespaces, node, now } = world;
  const showing = { at: now(), user: caller.identity?.user ?? "", client: caller.client, node };
  const keepMs = rulesOf(namespaces, version.channel)?.history.ttlMs ?? 0;
  const kept = await receipts.shown(version, showing, { keepMs, ...(teller && { tellWithinMs: UNTOLD_MS }) });
  if (kept === "full") return { ok: false, error: "limitExceeded" };
  if (kept === "first") teller?.tellSoon({ ...version, why: "shown" });
  return { ok: true, data: JSON.stringify({ first: kept === "first" }) };
}
