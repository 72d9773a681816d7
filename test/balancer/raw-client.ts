import { connect } from "node:net";

/** What bytes led to: what came back, and how it ended. */
export interface Exchange {
  readonly received: string;
  readonly statuses: readonly number[];
  /** "open": the other side had not ended it when time was up. */
  readonly end: "fin" | "reset" | "open";
  readonly ms: number;
}

interface ExchangeOptions {
  readonly withinMs?: number;
  readonly pauseMs?: number;
  readonly localAddress?: string;
}

/** Sends each part to `port`, `pauseMs` apart, and listens until the other side ends it or `withinMs` are over. */
export function exchange(
  port: number,
  parts: readonly string[],
  { withinMs = 3_000, pauseMs = 30, ...from }: ExchangeOptions = {},
): Promise<Exchange> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, ...from });
    let received = "";
    let sent = 0;
    const next = () => {
      const part = parts[sent++];
      if (part === undefined) clearInterval(sender);
      else if (socket.writable) socket.write(part, "latin1");
    };
    const sender = setInterval(next, pauseMs);
    const settle = (end: Exchange["end"]) => {
      clearInterval(sender);
      clearTimeout(limit);
      socket.destroy();
      const statuses = [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
      resolve({ received, statuses, end, ms: performance.now() - startedAt });
    };
    const limit = setTimeout(() => settle("open"), withinMs);
    socket.on("connect", next);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    socket.on("end", () => settle("fin"));
    socket.on("error", () => settle("reset"));
  });
}

/** An upgrade's text; a line given as `undefined` is left out, others replace or follow the usual ones. */
export function upgradeText(
  changes: Readonly<Record<string, string | undefined>> = {},
  first = "GET /connection/websocket HTTP/1.1",
): string {
  const usual = {
    Host: "shop.example",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const lines = Object.entries<string | undefined>({ ...usual, ...changes });
  const kept = lines.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${first}\r\n${kept.join("")}\r\n`;
}
