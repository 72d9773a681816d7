import { createTokenSigner } from "@bellwire/auth";
import { Centrifuge } from "centrifuge";
import { Centrifuge as ProtobufCentrifuge } from "centrifuge/build/protobuf";
import { endpointAt } from "../../cluster/sdk-transports.ts";
import type { ClientRecord } from "../ledger/facts.ts";
import { type Line, socketLine, streamLine } from "./line.ts";
import type { CrowdNews, CrowdOrder, Member } from "./orders.ts";

const REPORT_MS = 50;
const utf8 = new TextDecoder();

const clients: Centrifuge[] = [];
const lines = new Map<string, Line>();
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
      for (const client of clients) client.disconnect();
      return;
    default:
      for (const name of order.names) harm(order.kind, lines.get(name), order.ms);
  }
}

function open({ name, place, transport, codec, channels }: Member, getToken: () => Promise<string>): void {
  const line = transport === "websocket" ? socketLine() : streamLine();
  const Sdk = codec === "json" ? Centrifuge : (ProtobufCentrifuge as unknown as typeof Centrifuge);
  const client = new Sdk([endpointAt(place, transport)], {
    ...line.options,
    emulationEndpoint: `${place}/emulation`,
    getToken,
    minReconnectDelay: 100,
    maxReconnectDelay: 3_000,
    timeout: 3_000,
    maxServerPingDelay: 3_000,
  });
  lines.set(name, line);
  clients.push(client);
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
    const { id } = (data instanceof Uint8Array ? JSON.parse(utf8.decode(data)) : data) as { readonly id: string };
    records.push({ kind: "seen", ...about(), offset: Number(offset ?? 0), id });
  });
  subscription.on("unsubscribed", ({ code, reason }) =>
    tell({ kind: "ended", client: name, why: `unsubscribed from ${channel}: ${code} ${reason}` }),
  );
  subscription.subscribe();
}

/** A stalled client reads nothing for a while; one that vanishes ends without a close; a herd leaves and comes at once. */
function harm(how: "stall" | "vanish" | "herd", line: Line | undefined, ms: number): void {
  if (how === "stall") line?.stall(ms);
  else if (how === "vanish") line?.vanish();
  else line?.leave();
}

function report(): void {
  if (records.length === 0) return;
  tell({ kind: "records", records });
  records = [];
}

function tell(news: CrowdNews): void {
  process.send?.(news);
}
