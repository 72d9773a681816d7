import { connect } from "amqplib";
import type { Ledger } from "./ledger/ledger.ts";
import type { Stage } from "./stage/stage.ts";

/** Takes all dead letters out of their queue and books them. */
export async function bookDeadLetters(stage: Stage, ledger: Ledger): Promise<void> {
  const connection = await connect(stage.rabbit.url);
  const channel = await connection.createChannel();
  for (;;) {
    const message = await channel.get(`${stage.prefix}.dead`, { noAck: true });
    if (message === false) break;
    const text = message.content.toString();
    const id = text.startsWith("{") ? (JSON.parse(text) as { readonly id: string }).id : (text.split(" ")[0] ?? "");
    const reason = message.properties.headers?.["x-bellwire-reason"] ?? "set aside by the broker";
    ledger.dead(id, String(reason));
  }
  await connection.close();
}
