import type { Admitted, Caller, Calls, Gate, Refusal } from "@bellwire/hub";
import { type ChannelName, grantOf, type SubscriptionGrant } from "@bellwire/protocol";
import type { z } from "zod";
import { ConnectAnswer, PublishAnswer, RpcAnswer, SubscribeAnswer } from "./answer.ts";
import { type Backend, headersOf } from "./backend.ts";
import { describe, EmulatedHeaders, payload } from "./caller.ts";
import type { ProxyName } from "./settings.ts";

/** Lets the shop's backend decide what tokens and rules leave open, and answer the RPCs that nobody else does. */
export function createBackendGate(byTokens: Gate, backend: Backend): { readonly gate: Gate; readonly calls: Calls } {
  const emulated = new EmulatedHeaders(headersOf(backend.proxies));
  const consult = async <Schema extends z.ZodType>(
    proxy: ProxyName,
    caller: Caller,
    { more, schema }: { readonly more: object; readonly schema: Schema },
  ): Promise<{ readonly ok: true; readonly result: z.infer<Schema> } | Refusal> => {
    const headers = emulated.of(caller, backend.proxies[proxy]?.headers ?? []);
    const asked = await backend.ask(proxy, { body: { ...describe(caller), ...more }, headers }, schema);
    if (asked === "failed") return { ok: false, error: "internal" };
    if ("disconnect" in asked) return { ok: false, close: asked.disconnect };
    if ("result" in asked) return { ok: true, result: asked.result };
    const { code, message, temporary } = asked.error;
    return { ok: false, error: { code, message, ...(temporary === true && { temporary }) } };
  };

  const gate: Gate = {
    refresh: byTokens.refresh,
    subRefresh: byTokens.subRefresh,
    async connect(caller, request) {
      emulated.keep(caller, request.headers);
      const { token = "", name, version, data, subs = {} } = request;
      if (token !== "" || !backend.asks("connect")) return byTokens.connect(caller, request);
      const more = { name, version, channels: Object.keys(subs), ...payload(data) };
      const answer = await consult("connect", caller, { more, schema: ConnectAnswer });
      return answer.ok ? admitted(answer.result) : answer;
    },
    async subscribe(caller, request, by) {
      if (by === "token") return byTokens.subscribe(caller, request, by);
      const more = { channel: request.channel, ...payload(request.data) };
      const answer = await consult("subscribe", caller, { more, schema: SubscribeAnswer });
      return answer.ok ? { ok: true, grant: grantOf(answer.result) } : answer;
    },
    async publish(caller, { channel, data }) {
      const more = { channel, ...payload(data) };
      const answer = await consult("publish", caller, { more, schema: PublishAnswer });
      if (!answer.ok) return answer;
      const { data: changed, skip_history: skipHistory } = answer.result;
      return { ok: true, ...(changed !== undefined && { data: changed }), skipHistory };
    },
  };
  const calls: Calls = {
    rpc(caller, { method, data }) {
      if (!backend.asks("rpc")) return undefined;
      const more = { method, ...payload(data) };
      return consult("rpc", caller, { more, schema: RpcAnswer }).then((answer) =>
        answer.ok ? { ok: true, ...answer.result } : answer,
      );
    },
  };
  return { gate, calls };
}

function admitted(answer: z.infer<typeof ConnectAnswer>): Admitted {
  const { user, expire_at: expireAt = 0, channels, subs, meta } = answer;
  const { info, data } = grantOf(answer);
  const subscriptions = new Map<ChannelName, SubscriptionGrant>(channels.map((channel) => [channel, {}]));
  for (const [channel, fields] of Object.entries(subs)) subscriptions.set(channel as ChannelName, grantOf(fields));
  return {
    ok: true,
    identity: { user, ...(info !== undefined && { info }), ...(meta !== undefined && { meta }) },
    ...(expireAt > 0 && { expiresAt: expireAt * 1_000 }),
    ...(data !== undefined && { data }),
    subscriptions,
  };
}
