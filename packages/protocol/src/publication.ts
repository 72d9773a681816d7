/** Where a reader stands in a stream: `offset` counts publications 1, 2, 3… within one life (`epoch`) of the stream. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** Who published, shown to subscribers of a client-side publish. `connInfo` and `chanInfo` are JSON texts. */
export interface ClientInfo {
  readonly user: string;
  readonly client: string;
  readonly connInfo?: string;
  readonly chanInfo?: string;
}

/**
 * One message of a channel. `data` is compacted JSON text and is never parsed again between the door and the socket.
 * `offset` is 0 in a channel without history.
 */
export interface Publication {
  readonly data: string;
  readonly offset: number;
  readonly info?: ClientInfo;
  readonly tags?: Readonly<Record<string, string>>;
}
