import { WebSocket } from "ws";

/** What came of an upgrade. */
export type Outcome = Tunnel | Refusal | { readonly kind: "failed"; readonly ms: number; readonly cause: string };

export interface Tunnel {
  readonly kind: "open";
  /** The node that answered. */
  readonly node: string;
  readonly ms: number;
  readonly socket: WebSocket;
}

interface Refusal {
  readonly kind: "refused";
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly ms: number;
}

interface OpenOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly localAddress?: string;
  readonly timeoutMs?: number;
}

/** One WebSocket through the balancer on `port`; never rejects, and gives up after 15 s unless told otherwise. */
export function open(port: number, options: OpenOptions = {}): Promise<Outcome> {
  const { timeoutMs = 15_000, ...rest } = options;
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/connection/websocket`, {
      perMessageDeflate: false,
      handshakeTimeout: timeoutMs,
      ...rest,
    });
    let node = "";
    socket.on("upgrade", ({ headers }) => {
      node = String(headers["x-node"]);
    });
    socket.on("open", () => resolve({ kind: "open", node, ms: elapsed(), socket }));
    socket.on("unexpected-response", (request, { statusCode = 0, headers }) => {
      resolve({ kind: "refused", status: statusCode, retryAfter: headers["retry-after"], ms: elapsed() });
      request.destroy();
    });
    socket.on("error", ({ message }) => resolve({ kind: "failed", ms: elapsed(), cause: message }));
  });
}

/** Tunnels that end together. */
export class Tunnels implements Disposable {
  readonly all: Tunnel[] = [];

  /** Opens `count`, `atOnce` at a time; rejects when one does not open. */
  async hold(port: number, count: number, atOnce = 10): Promise<void> {
    for (let opened = 0; opened < count; opened += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, count - opened) }, () => open(port));
      for (const outcome of await Promise.all(some)) this.all.push(mustBeOpen(outcome));
    }
  }

  /** Those on that node. */
  on(node: string): Tunnel[] {
    return this.all.filter((tunnel) => tunnel.node === node);
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.all) socket.terminate();
  }
}

/** Throws what happened instead. */
export function mustBeOpen(outcome: Outcome): Tunnel {
  if (outcome.kind === "open") return outcome;
  throw new Error(`no tunnel: ${JSON.stringify(outcome)}`);
}

/**
 * Opens one every `everyMs`, whether or not those before are answered, for `forMs`; resolves to all outcomes once the
 * last is there. Tunnels are closed at once unless `hold` takes them.
 */
export async function openSteadily(
  port: number,
  pace: { readonly everyMs: number; readonly forMs: number },
  hold?: Tunnels,
): Promise<Outcome[]> {
  const opening: Promise<Outcome>[] = [];
  const ended = Promise.withResolvers<void>();
  const keep = (outcome: Outcome): Outcome => {
    if (outcome.kind !== "open") return outcome;
    if (hold) hold.all.push(outcome);
    else outcome.socket.terminate();
    return outcome;
  };
  const timer = setInterval(() => void opening.push(open(port).then(keep)), pace.everyMs);
  setTimeout(ended.resolve, pace.forMs);
  await ended.promise;
  clearInterval(timer);
  return Promise.all(opening);
}

/** How many outcomes each node has, and how many were no tunnel. */
export function tally(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const name = outcome.kind === "open" ? outcome.node : "none";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
