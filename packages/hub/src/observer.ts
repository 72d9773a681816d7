import type { CloseName, ErrorName } from "@bellwire/protocol";
import type { TransportName } from "./peer.ts";

/** What the hub has to tell; silent by default. The service turns it into metrics and log lines. */
export interface HubObserver {
  sessionOpened(transport: TransportName): void;
  sessionClosed(cause: CloseName | "gone", transport: TransportName): void;
  /** A command was answered with an error of the table, or with one of the application's own. */
  refused(error: ErrorName | "application"): void;
  /** A publication reached this node for so many local subscribers. */
  delivered(subscribers: number): void;
  /** The bus brought something that was not needed: had already, or nobody here listens. */
  dropped(why: "duplicate" | "unwanted" | "heldLimit"): void;
  /** A client is not shown in presence, because its node shows as many in that channel as one may. */
  unshown(): void;
  /** A publication of this namespace was skipped for a slow reader. */
  skipped(namespace: string): void;
  /** Publications that the bus had lost were read from the stream. */
  repaired(publications: number): void;
  /** Subscribers were told to subscribe again because their position could not be kept. */
  positionLost(subscribers: number): void;
  /** An append's outcome on its way in. */
  published(outcome: "appended" | "duplicate" | "stale" | "early", busDeliveries: number): void;
  /** Something went wrong that the hub goes on from by itself. */
  failed(where: "bus" | "streams" | "sessions" | "presence" | "orders" | "command", error: unknown): void;
}

const ignore = (): void => undefined;

export const silent: HubObserver = {
  sessionOpened: ignore,
  sessionClosed: ignore,
  refused: ignore,
  delivered: ignore,
  dropped: ignore,
  unshown: ignore,
  skipped: ignore,
  repaired: ignore,
  positionLost: ignore,
  published: ignore,
  failed: ignore,
};
