import { readFile } from "node:fs/promises";
import { setTimeout as later } from "node:timers/promises";
import { createLog } from "@bellwire/runtime";
import { openListener } from "../../wires/open-listener.ts";
import type { Wire } from "../../wires/wire.ts";

/** A process with nothing but a listener: says its port, and does what its clients say, one word a message. */
const say = (text: string): void => void process.stdout.write(`${text}\n`);
process.on("uncaughtException", (error) => say(`uncaught ${error.message}`));

const listener = await openListener(
  "epoll",
  { host: "127.0.0.1", port: 0, reusePort: false },
  {
    onWire: (wire) => {
      wire.owner = { heard, ended: () => wire.end(), closed: () => undefined };
    },
    onStarved: (error) => say(`starved ${error.message}`),
    log: createLog("balancer", "silent").log,
  },
);
say(`port ${listener.port}`);

function heard(chunk: Buffer, wire: Wire): void {
  const word = String(chunk);
  if (word === "throw") throw new Error("on purpose");
  if (word === "stop") {
    listener.close();
    wire.end("stopped");
  } else if (word === "wait") {
    setTimeout(() => wire.writeText(word), 20);
  } else if (word === "later") {
    // What Node does for itself goes on beside the wires: its thread pool, its timers, its promises.
    void readFile(import.meta.filename)
      .then(() => later(5))
      .then(() => wire.writeText(word));
  } else wire.writeText(word);
}
