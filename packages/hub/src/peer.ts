/** The ways into the cluster; on those that begin with `uni` the client says nothing after its connect. */
export type TransportName = "websocket" | "http_stream" | "sse" | "uni_websocket" | "uni_http_stream" | "uni_sse";

/** How a client reaches this node. */
export interface Peer {
  readonly transport: TransportName;
  /** Request headers, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Under it the client's commands come, where its wire carries none to this side: it learns it with the connect reply. */
  readonly secret?: string;
}

/** Whether the client is only told: it has no way to answer, to ask, or to subscribe again. */
export const isUnidirectional = ({ transport }: Pick<Peer, "transport">): boolean => transport.startsWith("uni_");
