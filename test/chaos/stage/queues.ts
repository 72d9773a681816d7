import type { NativeRabbit } from "@bellwire/backends";
import { connect } from "amqplib";

const PARTITIONS = 8;

/**
 * Asks the state machine of each quorum queue what it holds, and prints "name<TAB>count" lines. What `list_queues` says of a quorum
 * queue is up to five seconds old: it says 0 of one that has just been filled.
 */
const LIVE_COUNTS = `[begin
  {ok, {_, N}, _} = ra:local_query(amqqueue:get_pid(Q), fun rabbit_fifo:query_messages_total/1),
  {resource, _, _, Name} = amqqueue:get_name(Q),
  io:format("~s~c~b~n", [Name, 9, N])
end || Q <- rabbit_amqqueue:list(), amqqueue:get_type(Q) =:= rabbit_quorum_queue], ok.`;

/** Events that wait in the ingest queues, without those in hand: quicker to ask. Rejects while RabbitMQ is away. */
export async function readyForIngest(rabbit: NativeRabbit, prefix: string): Promise<number> {
  const connection = await connect(rabbit.url);
  try {
    const channel = await connection.createChannel();
    let ready = 0;
    for (let partition = 0; partition < PARTITIONS; partition += 1)
      ready += (await channel.checkQueue(`${prefix}.ingest.${partition}`)).messageCount;
    return ready;
  } finally {
    await connection.close();
  }
}

/** Events in the ingest queues, in hand or waiting. Rejects while RabbitMQ is away. */
export async function heldForIngest(rabbit: NativeRabbit, prefix: string): Promise<number> {
  const lines = (await rabbit.ctl("eval", LIVE_COUNTS)).trim().split("\n");
  if (lines.pop() !== "ok") throw new Error(`RabbitMQ did not count its queues: ${lines.join("; ")}`);
  return lines
    .map((line) => line.split("\t"))
    .filter(([name]) => name?.startsWith(`${prefix}.ingest.`))
    .reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The name of every queue. Rejects while RabbitMQ is away. */
export async function queueNames(rabbit: NativeRabbit): Promise<readonly string[]> {
  const printed = await rabbit.ctl("list_queues", "name", "--quiet", "--no-table-headers");
  return printed.split("\n").filter((line) => line !== "");
}

/** RabbitMQ's own view of its queues and of who consumes them, for people; what went wrong where it cannot be asked. */
export async function whoConsumes(rabbit: NativeRabbit): Promise<string> {
  const queues = ["list_queues", "name", "messages_ready", "messages_unacknowledged", "consumers"];
  const consumers = ["list_consumers", "queue_name", "channel_pid", "active", "activity_status", "prefetch_count"];
  const printed = [queues, consumers].map((command) => rabbit.ctl(...command, "--quiet").catch(String));
  return (await Promise.all(printed)).join("\n");
}
