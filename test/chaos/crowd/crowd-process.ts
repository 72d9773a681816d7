import { createTokenSigner } from "@bellwire/auth";
import { Centrifuge } from "centrifuge";
import { WebSocket } from "ws";
import type { ClientRecord } from "../ledger/facts.ts";
import type { CrowdNews, CrowdOrder, Member } from "./orders.ts";

const REPORT_MS = 50;

const clients = new Map<
  string,
  { readonly client: Centrifuge; readonly sockets: { current: WebSocket | undefined } }
>();
let records: ClientRecord[] = [];

process.on("message", (order: CrowdOrder) => obey(order));
process.on("disconnect", () => process.exit());
setInterval(report, REPORT_MS);

function obey(order: CrowdOrder): void {
  switch (order.kind) {
    case "open": {
      const sign = createTokenSigner(order.secret);
      for (const member of order.members) open(member, () => sign({ sub: member.user, ttlSeconds: 86_400 }));
      return;
    }
    case "close":
      for (const { client } of clients.values()) client.disconnect();
      return;
    default:
      for (const name of order.names) harm(order.kind, name, order.ms);
  }
}

function open({ name, url, channels }: Member, getToken: () => Promise<string>): void {
  const sockets: { current: WebSocket | undefined } = { current: undefined };
  const client = new Centrifuge(url, {
    websocket: class extends WebSocket {
      constructor(address: string, protocols?: string | string[]) {
        super(address, protocols);
        sockets.current = this;
      }
    },
    getToken,
    minReconnectDelay: 100,
    maxReconnectDelay: 3_000,
    timeout: 3_000,
    maxServerPingDelay: 3_000,
  });
  clients.set(name, { client, sockets });
  client.on("disconnected", ({ code, reason }) => tell({ kind: "ended", client: name, why: `${code} ${reason}` }));
  for (const channel of channels) follow(client, name, channel);
  client.connect();
}

function follow(client: Centrifuge, name: string, channel: string): void {
  const subscription = client.newSubscription(channel, { minResubscribeDelay: 100, maxResubscribeDelay: 2_000 });
  const about = () => ({ client: name, channel, at: Date.now() });
  subscription.on("subscribed", ({ streamPosition, wasRecovering, recovered }) => {
    const { epoch = "", offset = 0 } = streamPosition ?? {};
    records.push({ kind: "subscribed", ...about(), epoch, offset: Number(offset), wasRecovering, recovered });
  });
  subscription.on("publication", ({ offset, data }) => {
    const { id } = data as { readonly id: string };
    records.push({ kind: "seen", ...about(), offset: Number(offset ?? 0), id });
  });
  subscription.on("unsubscribed", ({ code, reason }) =>
    tell({ kind: "ended", client: name, why: `unsubscribed from ${channel}: ${code} ${reason}` }),
  );
  subscription.subscribe();
}

/** A stalled client reads nothing for a while; one that vanishes ends without a close; a herd leaves and comes at once. */
function harm(how: "stall" | "vanish" | "herd", name: string, ms: number): void {
  const { client, sockets } = clients.get(name) ?? {};
  const socket = sockets?.current;
  if (client === undefined || socket === undefined) return;
  if (how === "herd") {
    socket.close();
    return;
  }
  if (how === "vanish") return socket.terminate();
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.pause();
  setTimeout(() => socket.resume(), ms);
}

function report(): void {
  if (records.length === 0) return;
  tell({ kind: "records", records });
  records = [];
}

function tell(news: CrowdNews): void {
  process.send?.(news);
}
