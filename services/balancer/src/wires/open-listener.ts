import type { Log } from "@bellwire/runtime";
import { EpollListener } from "./epoll/epoll-listener.ts";
import { EpollLoop } from "./epoll/epoll-loop.ts";
import { loadSystem } from "./epoll/system.ts";
import type { Accepting, Listener, Listening } from "./listener.ts";
import { openSocketListener } from "./socket-listener.ts";

/** How connections are read and written: by system calls of our own, by Node's sockets, or by the better of what there is. */
export const IO_KINDS = ["auto", "epoll", "node"] as const;

export type IoKind = (typeof IO_KINDS)[number];

let opening: Promise<EpollLoop | Error> | undefined;

/** The process's loop for descriptors, opened once; an error where there can be none. */
function openEpoll(): Promise<EpollLoop | Error> {
  opening ??= loadSystem()
    .then((system) => (system instanceof Error ? system : new EpollLoop(system)))
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  return opening;
}

/** Listens. Rejects when the port is taken, and where `io` is what this machine does not have. */
export async function openListener(
  io: IoKind,
  where: Listening,
  { log, ...accepting }: Accepting & { readonly log: Log },
): Promise<Listener> {
  if (io === "node") return openSocketListener(where, accepting);
  const loop = await openEpoll();
  if (!(loop instanceof Error)) return EpollListener.open(loop, where, accepting);
  if (io === "epoll") throw new Error(`BELLWIRE_BALANCER_IO=epoll cannot be had: ${loop.message}`, { cause: loop });
  log.info({ cause: loop.message }, "no epoll of our own: connections are Node's sockets");
  return openSocketListener(where, accepting);
}
