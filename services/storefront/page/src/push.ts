import { Centrifuge, type SubscribedContext, type TransportEndpoint } from "centrifuge";
import { askBalancer, negotiatedSocket } from "./negotiated-socket.ts";
import type { ProofAnswer } from "./proof.ts";
import type { ShopConfig } from "./wire.ts";
import type { Resumption } from "./witness.ts";

/** Between a dropped connection and the next try, ms: short, for another node is ready at once. */
const RECONNECT_MS = { min: 100, max: 5_000 };

/** Errors of a cluster, or a channel, that takes no proof of display: method not found, not available. */
const NO_PROOF: ReadonlySet<unknown> = new Set([104, 108]);

export type ConnectionState = "connecting" | "live" | "reconnecting" | "refused";

/** The connection as it is now. */
export interface Connection {
  readonly state: ConnectionState;
  /** The node's name, once known; kept while reconnecting. */
  readonly node: string | undefined;
  readonly transport: string | undefined;
  readonly client: string | undefined;
  /** How often it was live again after a loss. */
  readonly reconnects: number;
  /** Why it is not live. */
  readonly reason: string | undefined;
  /** The code of a refusal that the page does not try to overcome by itself. */
  readonly refusal: number | undefined;
}

/** A connection that stands or is being made. */
export interface Push {
  /** Connects once more after a refusal, with a new token; what was missed meanwhile is recovered or loaded. */
  readonly retry: () => void;
  readonly leave: () => void;
  /** Says that a version of an order was shown. Never rejects. */
  readonly shown: (orderId: string, version: number) => Promise<ProofAnswer>;
}

export interface PushListener {
  readonly onConnection: (connection: Connection) => void;
  readonly onSubscribed: (channel: string, resumption: Resumption) => void;
  readonly onPublication: (channel: string, publication: Publication) => void;
}

export interface Publication {
  readonly data: unknown;
  /** Undefined on a channel without history. */
  readonly offset: number | undefined;
  /** True when it was missed and handed over by a recovery. */
  readonly recovered: boolean;
}

/** Where the cluster is: as configured, else the host the page came from. */
export function endpointsOf(push: ShopConfig["push"], page: { hostname: string; protocol: string }): string[] {
  if (push.urls.length > 0) return [...push.urls];
  return [`${page.protocol === "https:" ? "wss" : "ws"}://${page.hostname}:${push.port}${push.path}`];
}

/** Connects as the customer whose tokens `getToken` brings, subscribes, and reports. */
export function listen(
  endpoints: readonly string[],
  channels: readonly string[],
  {
    getToken,
    listener,
    negotiate,
  }: {
    readonly getToken: () => Promise<string>;
    readonly listener: PushListener;
    /** Asks the balancer for a node before each connect. */
    readonly negotiate: boolean;
  },
): Push {
  const [only, ...others] = endpoints;
  const transports = endpoints.map((endpoint): TransportEndpoint => ({ transport: "websocket", endpoint }));
  const client = new Centrifuge(others.length === 0 && only !== undefined ? only : transports, {
    getToken,
    name: "storefront",
    ...(negotiate && { websocket: negotiatedSocket({ ask: askBalancer, open: (url) => new WebSocket(url) }) }),
    minReconnectDelay: RECONNECT_MS.min,
    maxReconnectDelay: RECONNECT_MS.max,
  });
  followConnection(client, listener.onConnection);
  for (const channel of channels) subscribe(client, channel, listener);
  client.connect();
  return {
    retry: () => {
      // A token that was refused would be refused again: an empty one makes the SDK ask for another.
      client.setToken("");
      client.connect();
    },
    leave: () => {
      client.removeAllListeners();
      for (const channel of channels) client.getSubscription(channel)?.removeAllListeners();
      client.disconnect();
    },
    shown: (orderId, version) =>
      client.rpc("shown", { orderId, version }).then(
        () => "kept",
        (error: unknown) => (NO_PROOF.has(codeOf(error)) ? "off" : "failed"),
      ),
  };
}

function subscribe(client: Centrifuge, channel: string, listener: PushListener): void {
  const subscription = client.newSubscription(channel);
  let recovered = false;
  subscription.on("subscribed", (context) => {
    // The SDK hands over what was missed right after this event, in the same turn.
    recovered = context.hasRecoveredPublications;
    queueMicrotask(() => {
      recovered = false;
    });
    listener.onSubscribed(channel, resumptionOf(context));
  });
  subscription.on("publication", ({ data, offset }) => listener.onPublication(channel, { data, offset, recovered }));
  subscription.subscribe();
}

function followConnection(client: Centrifuge, onConnection: (connection: Connection) => void): void {
  let now: Connection = {
    state: "connecting",
    node: undefined,
    transport: undefined,
    client: undefined,
    reconnects: 0,
    reason: undefined,
    refusal: undefined,
  };
  const become = (change: Partial<Connection>) => {
    now = { ...now, ...change };
    onConnection(now);
  };
  client.on("connecting", ({ reason }) =>
    become({ state: now.client === undefined ? "connecting" : "reconnecting", reason, refusal: undefined }),
  );
  client.on("connected", (context) =>
    become({
      state: "live",
      node: nodeOf(context.data),
      transport: context.transport,
      reconnects: now.reconnects + (now.client === undefined ? 0 : 1),
      client: context.client,
      reason: undefined,
    }),
  );
  client.on("disconnected", ({ code, reason }) =>
    become({ state: "refused", reason: `${reason} (${code})`, refusal: code }),
  );
  client.on("error", ({ error }) => become({ reason: error.message }));
}

const resumptionOf = ({ streamPosition, wasRecovering, recovered }: SubscribedContext): Resumption => ({
  offset: streamPosition?.offset,
  wasRecovering,
  recovered,
});

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

/** The node tells its name in the connect reply. */
function nodeOf(data: unknown): string | undefined {
  const node = typeof data === "object" && data !== null && "node" in data ? data.node : undefined;
  return typeof node === "string" ? node : undefined;
}
