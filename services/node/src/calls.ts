import type { Calls, RpcAnswer, RpcCaller } from "@bellwire/hub";

/** Answers one method; `data` is JSON text. A rejection is an outage: the client may try again. */
export type CallHandler = (caller: RpcCaller, data: string | undefined) => Promise<RpcAnswer>;

/** The node's own methods by name; what they do not know goes on to `next`, if there is one. */
export function createCalls(own: ReadonlyMap<string, CallHandler>, next?: Calls): Calls {
  return {
    rpc: (caller, call) => own.get(call.method)?.(caller, call.data) ?? next?.rpc(caller, call),
    ...(next?.send !== undefined && { send: next.send }),
  };
}
