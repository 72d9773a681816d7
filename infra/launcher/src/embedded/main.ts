import { run } from "@bellwire/runtime";
import { readOptions } from "../options.ts";
import { planServices } from "../plan.ts";
import { startEmbedded } from "./cluster.ts";

const DRAIN_DEADLINE_MS = 25_000;

const options = readOptions(process.argv.slice(2));
if (!("ports" in options)) throw new Error("started with options that the launcher refuses");
await run("embedded", (log) => startEmbedded(planServices(options, undefined, process.env), log), {
  level: options.logLevel,
  deadlineMs: DRAIN_DEADLINE_MS,
});
