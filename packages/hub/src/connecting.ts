import type { ConnectResult } from "@bellwire/protocol";
import type { ConnectCommand } from "./conversation.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { HubObserver } from "./observer.ts";
import { turnAway } from "./refusal.ts";
import { expiryOf, type RequestWorld } from "./requests.ts";
import { joinAll, wantedOf } from "./server-side.ts";
import type { Session } from "./session.ts";

export interface ConnectingWorld extends RequestWorld {
  readonly heartbeat: Heartbeat;
  readonly observer: HubObserver;
  readonly node: string;
  /** What clients are told of the node they are on. */
  readonly nodeName: string;
}

/** Admits a client, or turns it away; answers whether it may go on. Rejects where a store could not be reached. */
export async function connect(world: ConnectingWorld, session: Session, command: ConnectCommand): Promise<boolean> {
  const { gate, clock, directory, heartbeat } = world;
  const { id, request } = command;
  const admitted = await gate.connect(session, request);
  if (session.ended) return false;
  if (!admitted.ok) {
    turnAway(session, id, admitted);
    return false;
  }
  session.identity = admitted.identity;
  session.expiresAt = admitted.expiresAt;
  session.since = clock.now();
  directory.opened(session);
  heartbeat.admit(session);
  const wanted = await wantedOf(world, session, { admitted, request });
  const serverSide = await joinAll(world, session, { wanted, request });
  if (!serverSide.ok) {
    turnAway(session, id, serverSide);
    return false;
  }
  const subs = serverSide.admit();
  if (session.ended) return false;
  if (subs === undefined) {
    session.reply({ id, error: "internal" });
    return false;
  }
  const data = admitted.data ?? JSON.stringify({ node: world.nodeName });
  session.connected = true;
  session.reply({
    id,
    method: "connect",
    result: { ...resultOf(world, session), data, ...(subs.size > 0 && { subs }) },
  });
  for (const channel of subs.keys()) directory.subscribed(session, channel);
  return true;
}

function resultOf({ limits, version, clock, node }: ConnectingWorld, session: Session): ConnectResult {
  const { secret } = session.peer;
  return {
    ...{ client: session.client, version },
    ...(!session.pingsByWire && { ping: limits.pingSeconds, pong: true }),
    ...expiryOf(session, clock.now()),
    ...(secret !== undefined && { session: secret, node }),
  };
}
