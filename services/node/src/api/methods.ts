import type { Hub, Namespaces, NodeRecord, Presence, Streams } from "@bellwire/hub";
import type { Log } from "@bellwire/runtime";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";
import { ChannelsRequest, channels } from "./channels.ts";
import { DisconnectRequest, disconnect } from "./disconnect.ts";
import { HistoryRemoveRequest, HistoryRequest, history, historyRemove } from "./history.ts";
import { info } from "./info.ts";
import { PresenceRequest, presence, presenceStats } from "./presence.ts";
import { BroadcastRequest, broadcast, PublishRequest, publish } from "./publish.ts";
import { RefreshRequest, refresh } from "./refresh.ts";
import { ShownQuery, type ShownQueryWorld, shown } from "./shown.ts";
import { SubscribeRequest, subscribe, UnsubscribeRequest, unsubscribe } from "./subscriptions.ts";

export interface MethodsWorld extends ShownQueryWorld {
  readonly hub: Hub;
  readonly streams: Streams;
  readonly presence: Presence;
  readonly namespaces: Namespaces;
  readonly roster: () => readonly NodeRecord[];
  readonly log: Log;
}

/** Takes a request as it came and answers it; never rejects. */
export type Method = (request: unknown) => Promise<Answer<object>>;
export type Methods = ReadonlyMap<string, Method>;

/** The methods' request schemas, for the OpenAPI document. */
export const requestSchemas = {
  publish: PublishRequest,
  broadcast: BroadcastRequest,
  subscribe: SubscribeRequest,
  unsubscribe: UnsubscribeRequest,
  disconnect: DisconnectRequest,
  refresh: RefreshRequest,
  presence: PresenceRequest,
  presence_stats: PresenceRequest,
  history: HistoryRequest,
  history_remove: HistoryRemoveRequest,
  channels: ChannelsRequest,
  info: z.object({}),
  shown: ShownQuery,
} as const;

type Name = keyof typeof requestSchemas;
type Handlers = {
  readonly [N in Name]: (request: z.infer<(typeof requestSchemas)[N]>) => Promise<Answer<object>> | Answer<object>;
};

/** Every method of the server API but `batch`, which is made of them. */
export function createMethods(world: MethodsWorld): Methods {
  const { hub, log } = world;
  const failed = (error: unknown): void => log.error({ err: error }, "a channel of a broadcast failed");
  const publishing = { publisher: hub.publisher, namespaces: world.namespaces, failed };
  const handlers: Handlers = {
    publish: (request) => publish(publishing, request),
    broadcast: (request) => broadcast(publishing, request),
    subscribe: (request) => subscribe(world, request),
    unsubscribe: (request) => unsubscribe(world, request),
    disconnect: (request) => disconnect(hub, request),
    refresh: (request) => refresh(hub, request),
    presence: (request) => presence(world, request),
    presence_stats: (request) => presenceStats(world, request),
    history: (request) => history(world, request),
    history_remove: (request) => historyRemove(world, request),
    channels: (request) => channels(hub, request),
    info: () => info(world.roster(), Date.now()),
    shown: (request) => shown(world, request),
  };
  const names = Object.keys(requestSchemas) as Name[];
  return new Map(names.map((name) => [name, methodOf({ name, log }, requestSchemas[name], handlers[name])]));
}

/** Reads a request by its schema and has it handled. What is null counts as absent: some libraries send all they know. */
export function methodOf<Schema extends z.ZodType>(
  { name, log }: { readonly name: string; readonly log: Log },
  schema: Schema,
  handle: (request: never) => Promise<Answer<object>> | Answer<object>,
): Method {
  return async (request) => {
    const parsed = schema.safeParse(withoutNulls(request ?? {}));
    if (!parsed.success) return failure("badRequest", describe(parsed.error));
    try {
      return await handle(parsed.data as never);
    } catch (error) {
      log.error({ err: error, method: name }, "API call failed");
      return failure("internal");
    }
  };
}

function withoutNulls(request: unknown): unknown {
  if (typeof request !== "object" || request === null || Array.isArray(request)) return request;
  // A null is a value where it is the shop's own.
  return Object.fromEntries(Object.entries(request).filter(([name, value]) => value !== null || name === "data"));
}

const MAX_DESCRIBED_ISSUES = 5;

function describe({ issues }: z.ZodError): string {
  const said = issues
    .slice(0, MAX_DESCRIBED_ISSUES)
    .map(({ path, message }) => `${path.join(".") || "body"}: ${message}`);
  return said.join("; ");
}
