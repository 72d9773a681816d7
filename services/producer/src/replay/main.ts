import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { type ReplayArguments, readArguments, USAGE } from "./arguments.ts";
import { UnreadableFileError } from "./history-reader.ts";
import { counted, Meter, meterLine } from "./meter.ts";
import { historicPace, type Pace, steadyPace } from "./pace.ts";
import { type Plan, readPlan } from "./plan.ts";
import { ProducerClient, ProducerError } from "./producer-client.ts";
import { summary } from "./summary.ts";
import { transfer } from "./transfer.ts";

/** A producer that was there and went away is waited for so long, ms. */
const PATIENCE_MS = 120_000;

const given = readArguments(process.argv.slice(2));
if (given.ok && (await isFile(given.value.file))) process.exitCode = await replay(given.value);
else {
  console.error(given.ok ? `cannot read the file ${given.value.file}` : `${given.reason}\n\n${USAGE}`);
  process.exitCode = 2;
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

async function replay(args: ReplayArguments): Promise<number> {
  try {
    const plan = await readPlan(createReadStream(args.file), ({ line, reason }) =>
      console.error(`line ${line}: ${reason}`),
    );
    await publish(plan, args);
    return 0;
  } catch (error) {
    if (error instanceof UnreadableFileError) console.error(`${args.file}: ${error.message}`);
    else if (error instanceof ProducerError)
      console.error(
        `${error.message}\nIs it running (npm start), and at this address (--url)? The same command goes on where this stopped.`,
      );
    else throw error;
    return 1;
  }
}

async function publish(plan: Plan, args: ReplayArguments): Promise<void> {
  const meter = new Meter(process.stdout);
  const note = (text: string) => {
    meter.clear();
    console.error(text);
  };
  const client = new ProducerClient({
    url: args.url,
    patienceMs: PATIENCE_MS,
    random: Math.random,
    onTrouble: (reason) => note(`the producer does not take more for the moment: ${reason}`),
  });
  const before = await client.progress(plan.id);
  if (before?.finished) {
    console.log(`this file was replayed before, and all of it confirmed\n${summary(plan, 0)}`);
    return;
  }
  const sequence = args.pace.kind === "rate" ? "file" : "time";
  const start = before?.sequence === sequence && before.total === plan.steps.length ? before.position : 0;
  const pace = paceOf(plan, start, args);
  if (start > 0) console.log(`goes on after ${counted(start)} of ${counted(plan.steps.length)} events`);
  process.once("SIGINT", () => {
    note("stopped; the same command goes on from here");
    process.exit(130);
  });
  let refused = 0;
  if (plan.steps.length > 0)
    await transfer(
      client,
      { id: plan.id, pace, start, clock: { now: () => performance.now(), pause } },
      {
        moved: (position, elapsedMs) => {
          const rate = elapsedMs > 0 ? Math.max(0, (position - start) * 1_000) / elapsedMs : 0;
          const remainingMs = pace.remainingMs(position, elapsedMs);
          meter.show(meterLine({ position, total: plan.steps.length, rate, remainingMs }), elapsedMs);
        },
        refused: (step, reason) => {
          refused += 1;
          note(`line ${step.line}: ${step.status} of order ${step.orderId} was refused: ${reason}`);
        },
        waiting: (elapsedMs) => meter.show("all events are handed over; waiting for the broker to confirm", elapsedMs),
      },
    );
  meter.clear();
  console.log(`published and confirmed\n${summary(plan, refused)}`);
}

function paceOf(plan: Plan, start: number, { pace }: ReplayArguments): Pace {
  return pace.kind === "rate" ? steadyPace(plan.steps, start, pace.value) : historicPace(plan.steps, start, pace.value);
}
