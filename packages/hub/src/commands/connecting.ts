import type { ConnectResult } from "@bellwire/protocol";
import type { HubObserver } from "../observer.ts";
import { isUnidirectional } from "../peer.ts";
import type { Sessions } from "../ports/sessions.ts";
import type { ConnectCommand } from "../session/conversation.ts";
import type { Heartbeat } from "../session/heartbeat.ts";
import type { Session } from "../session/session.ts";
import { expiryOf } from "./expiry.ts";
import { turnAway } from "./refusal.ts";
import type { RequestWorld } from "./requests.ts";
import { joinAll, wantedOf } from "./server-side.ts";

export interface ConnectingWorld extends RequestWorld {
  readonly heartbeat: Heartbeat;
  readonly observer: HubObserver;
  readonly sessions: Sessions;
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
  if (await hasTooMany(world, admitted.identity.user)) {
    session.end("connectionLimit");
    return false;
  }
  if (session.ended) return false;
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

/** Whether a user has all the connections that it may have: on all nodes, or where the store is away on this one. */
async function hasTooMany({ limits, sessions, directory, observer }: ConnectingWorld, user: string): Promise<boolean> {
  const most = limits.connectionsPerUser;
  if (most === 0 || user === "") return false;
  try {
    return (await sessions.ofUser(user)).length >= most;
  } catch (error) {
    observer.failed("sessions", error);
    return directory.find({ user }).length >= most;
  }
}

function resultOf({ limits, version, clock, node }: ConnectingWorld, session: Session): ConnectResult {
  const { secret } = session.peer;
  return {
    ...{ client: session.client, version },
    ...(!session.pingsByWire && { ping: limits.pingSeconds }),
    ...(!session.pingsByWire && !isUnidirectional(session.peer) && { pong: true }),
    ...expiryOf(session.expiresAt, clock.now()),
    ...(secret !== undefined && { session: secret, node }),
  };
}
