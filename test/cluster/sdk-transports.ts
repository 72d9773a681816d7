import { Centrifuge, type Options, type TransportEndpoint, type TransportName } from "centrifuge";
import { Centrifuge as ProtobufCentrifuge } from "centrifuge/build/protobuf";
import { EventSource } from "eventsource";
import { WebSocket } from "ws";
import type { Cluster } from "./cluster.ts";
import type { Reachable } from "./customer.ts";

/** Where a balancer, or a node itself, takes clients: `http://host:port`. */
export type Place = string;

export const endpointAt = (place: Place, transport: TransportName): TransportEndpoint => ({
  transport,
  endpoint: `${transport === "websocket" ? place.replace(/^http/, "ws") : place}/connection/${transport}`,
});

/** What the SDK finds by itself in a browser, and is given on Node.js. */
export const environment: Partial<Options> = {
  websocket: WebSocket,
  fetch,
  readableStream: ReadableStream,
  eventsource: EventSource,
};

/** Clients of the official SDK on one transport; their commands go to `emulation` where the transport has no way for them. */
export class OnTransport implements Reachable, Disposable {
  readonly #cluster: Cluster;
  readonly #transports: readonly TransportName[];
  readonly #clients: Centrifuge[] = [];
  readonly #Sdk: typeof Centrifuge;
  /** Where the stream is opened, and where commands are posted. */
  place: Place;
  emulation: Place;

  constructor(cluster: Cluster, transports: readonly TransportName[], codec: "json" | "protobuf" = "json") {
    this.#cluster = cluster;
    this.#Sdk = codec === "json" ? Centrifuge : (ProtobufCentrifuge as unknown as typeof Centrifuge);
    this.#transports = transports;
    this.place = cluster.url;
    this.emulation = cluster.url;
  }

  client(user: string): Centrifuge {
    const client = new this.#Sdk(
      this.#transports.map((transport) => endpointAt(this.place, transport)),
      {
        ...environment,
        emulationEndpoint: `${this.emulation}/emulation`,
        getToken: () => this.#cluster.token(user),
        minReconnectDelay: 100,
      },
    );
    this.#clients.push(client);
    client.connect();
    return client;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.disconnect();
  }
}
