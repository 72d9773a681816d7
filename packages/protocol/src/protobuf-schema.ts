import protobuf from "protobufjs/light.js";

/** A field: its number, its type (a scalar or a message of this table), and whether it is repeated or a map from strings. */
type FieldRule = readonly [number: number, type: string, rule?: "repeated" | "map"];

/**
 * The messages of the Centrifuge client protocol as far as this server reads and writes them. Fields that it does not use are
 * left out: what a client sends of them is skipped. `bytes` are JSON texts.
 */
const messages: Readonly<Record<string, Readonly<Record<string, FieldRule>>>> = {
  Command: {
    id: [1, "uint32"],
    connect: [4, "ConnectRequest"],
    subscribe: [5, "SubscribeRequest"],
    unsubscribe: [6, "OfChannel"],
    publish: [7, "PublishRequest"],
    presence: [8, "OfChannel"],
    presence_stats: [9, "OfChannel"],
    history: [10, "HistoryRequest"],
    ping: [11, "Empty"],
    send: [12, "Message"],
    rpc: [13, "RpcRequest"],
    refresh: [14, "RefreshRequest"],
    sub_refresh: [15, "SubRefreshRequest"],
  },
  ConnectRequest: {
    token: [1, "string"],
    data: [2, "bytes"],
    subs: [3, "SubscribeRequest", "map"],
    name: [4, "string"],
    version: [5, "string"],
    headers: [6, "string", "map"],
    flag: [7, "int64"],
  },
  SubscribeRequest: {
    channel: [1, "string"],
    token: [2, "string"],
    recover: [3, "bool"],
    epoch: [6, "string"],
    offset: [7, "uint64"],
    data: [8, "bytes"],
    positioned: [9, "bool"],
    recoverable: [10, "bool"],
    join_leave: [11, "bool"],
    delta: [12, "string"],
    // A tree of filter nodes, of which only the presence matters here: on the wire it is like bytes.
    tf: [13, "bytes"],
    flag: [14, "int64"],
    type: [15, "int32"],
  },
  PublishRequest: { channel: [1, "string"], data: [2, "bytes"], type: [3, "int32"] },
  HistoryRequest: {
    channel: [1, "string"],
    limit: [7, "int32"],
    since: [8, "StreamPosition"],
    reverse: [9, "bool"],
  },
  StreamPosition: { offset: [1, "uint64"], epoch: [2, "string"] },
  RpcRequest: { data: [1, "bytes"], method: [2, "string"] },
  RefreshRequest: { token: [1, "string"] },
  SubRefreshRequest: { channel: [1, "string"], token: [2, "string"], type: [3, "int32"] },
  OfChannel: { channel: [1, "string"] },
  Message: { data: [1, "bytes"] },
  Empty: {},
  EmulationRequest: { node: [1, "string"], session: [2, "string"], data: [3, "bytes"] },

  Reply: {
    id: [1, "uint32"],
    error: [2, "Error"],
    push: [4, "Push"],
    connect: [5, "ConnectResult"],
    subscribe: [6, "SubscribeResult"],
    unsubscribe: [7, "Empty"],
    publish: [8, "Empty"],
    presence: [9, "PresenceResult"],
    presence_stats: [10, "PresenceStatsResult"],
    history: [11, "HistoryResult"],
    rpc: [13, "Message"],
    refresh: [14, "RefreshResult"],
    sub_refresh: [15, "Expiry"],
  },
  Error: { code: [1, "uint32"], message: [2, "string"], temporary: [3, "bool"] },
  ConnectResult: {
    client: [1, "string"],
    version: [2, "string"],
    expires: [3, "bool"],
    ttl: [4, "uint32"],
    data: [5, "bytes"],
    subs: [6, "SubscribeResult", "map"],
    ping: [7, "uint32"],
    pong: [8, "bool"],
    session: [9, "string"],
    node: [10, "string"],
    time: [11, "int64"],
  },
  SubscribeResult: {
    expires: [1, "bool"],
    ttl: [2, "uint32"],
    recoverable: [3, "bool"],
    epoch: [6, "string"],
    publications: [7, "Publication", "repeated"],
    recovered: [8, "bool"],
    offset: [9, "uint64"],
    positioned: [10, "bool"],
    data: [11, "bytes"],
    was_recovering: [12, "bool"],
    delta: [13, "bool"],
  },
  PresenceResult: { presence: [1, "ClientInfo", "map"] },
  PresenceStatsResult: { num_clients: [1, "uint32"], num_users: [2, "uint32"] },
  HistoryResult: { publications: [1, "Publication", "repeated"], epoch: [2, "string"], offset: [3, "uint64"] },
  RefreshResult: { client: [1, "string"], version: [2, "string"], expires: [3, "bool"], ttl: [4, "uint32"] },
  Expiry: { expires: [1, "bool"], ttl: [2, "uint32"] },
  ClientInfo: { user: [1, "string"], client: [2, "string"], conn_info: [3, "bytes"], chan_info: [4, "bytes"] },
  Publication: {
    data: [4, "bytes"],
    info: [5, "ClientInfo"],
    offset: [6, "uint64"],
    tags: [7, "string", "map"],
    delta: [8, "bool"],
  },

  Push: {
    channel: [2, "string"],
    pub: [4, "Publication"],
    join: [5, "OfClient"],
    leave: [6, "OfClient"],
    unsubscribe: [7, "Unsubscribe"],
    message: [8, "Message"],
    subscribe: [9, "Subscribe"],
    connect: [10, "Connect"],
    disconnect: [11, "Disconnect"],
    refresh: [12, "Expiry"],
  },
  OfClient: { info: [1, "ClientInfo"] },
  Unsubscribe: { code: [2, "uint32"], reason: [3, "string"] },
  Subscribe: {
    recoverable: [1, "bool"],
    epoch: [4, "string"],
    offset: [5, "uint64"],
    positioned: [6, "bool"],
    data: [7, "bytes"],
  },
  Connect: {
    client: [1, "string"],
    version: [2, "string"],
    data: [3, "bytes"],
    subs: [4, "SubscribeResult", "map"],
    expires: [5, "bool"],
    ttl: [6, "uint32"],
    ping: [7, "uint32"],
    pong: [8, "bool"],
    session: [9, "string"],
    node: [10, "string"],
    time: [11, "int64"],
  },
  Disconnect: { code: [1, "uint32"], reason: [2, "string"] },
};

const root = new protobuf.Root();
for (const [name, fields] of Object.entries(messages)) {
  const type = new protobuf.Type(name);
  for (const [field, [number, fieldType, rule]] of Object.entries(fields))
    type.add(
      rule === "map"
        ? new protobuf.MapField(field, number, "string", fieldType)
        : new protobuf.Field(field, number, fieldType, rule),
    );
  root.add(type);
}

/** What clients send. */
export const CommandMessage = root.lookupType("Command");
/** What clients post whose commands come beside their stream. */
export const EmulationMessage = root.lookupType("EmulationRequest");
/** What the server sends: replies, and pushes within them. */
export const ReplyMessage = root.lookupType("Reply");
