import { EXIT, launch } from "./launch.ts";
import { HELP, readOptions } from "./options.ts";
import { readable } from "./readable.ts";

const PARENT_EVERY_MS = 1_000;

const args = process.argv.slice(2);
// As it was given: building the page sets NODE_ENV in this process.
const env = { ...process.env };
const colour = process.stdout.isTTY && !env.NO_COLOR;
const print = (text: string) => process.stdout.write(`${text}\n`);
const entry = (level: number, msg: string) =>
  print(readable("launcher", JSON.stringify({ level, time: Date.now(), msg }), colour));

const options = readOptions(args);
if ("help" in options) {
  print(HELP);
  process.exit(EXIT.fine);
}
if ("problem" in options) {
  process.stderr.write(`npm start: ${options.problem}\n\n${HELP}`);
  process.exit(EXIT.badOption);
}

/** One Ctrl-C arrives twice: from the terminal, and again from npm, which passes its own on. */
const ONE_PRESS_MS = 1_000;

const end = new AbortController();
let askedAt = 0;
/** The first asks for a drain; the second ends all at once: what we guard is then killed as our pipe to the guard closes. */
function onSignal(signal: string): void {
  if (end.signal.aborted && performance.now() - askedAt < ONE_PRESS_MS) return;
  if (end.signal.aborted) process.exit(130);
  askedAt = performance.now();
  entry(30, `${signal}: once more to end at once`);
  end.abort();
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
// npm passes a signal on to its shell only, which dies of it and leaves us: then its end is our signal.
const parent = process.ppid;
if (env.npm_lifecycle_event === "start")
  setInterval(() => {
    if (process.ppid !== parent && !end.signal.aborted) onSignal("npm ended");
  }, PARENT_EVERY_MS).unref();
// Nobody reads any more: go on without a voice until the cluster is drained.
process.stdout.on("error", () => end.abort());

const code = await launch(options, {
  args,
  env,
  end: end.signal,
  say: (text) => entry(30, text),
  complain: (text) => entry(50, text),
  line: (name, line) => print(readable(name, line, colour)),
});
if (end.signal.aborted) entry(30, "stopped; nothing is left behind");
process.exit(code);
