import { ConfigError } from "./config.ts";
import { createLog, type Log } from "./log.ts";

/** What a service hands back once it serves. Disposing drains it. */
export interface RunningService extends AsyncDisposable {
  /** Settles only if the service can no longer do its job. */
  readonly failed?: Promise<never>;
}

/**
 * A process's life: start, wait for SIGTERM or SIGINT, drain within `deadlineMs`, exit 0. A second signal exits at once.
 * A start that fails exits 1 with the cause; a bad configuration as one line.
 */
export async function run(
  service: string,
  start: (log: Log) => Promise<RunningService>,
  options: { readonly level: string; readonly deadlineMs: number },
): Promise<void> {
  const { log, flush } = createLog(service, options.level);
  const leave = async (code: number): Promise<never> => {
    await flush();
    process.exit(code);
  };
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error }, "uncaught error");
    void leave(1);
  });
  const signal = nextSignal();
  let running: RunningService;
  try {
    running = await Promise.race([start(log), signal.then((name) => Promise.reject(new StoppedBeforeStart(name)))]);
  } catch (error) {
    if (error instanceof StoppedBeforeStart) return leave(0);
    if (error instanceof ConfigError) log.fatal(error.message);
    else log.fatal({ err: error }, "start failed");
    return leave(1);
  }
  const cause = await Promise.race([
    signal,
    ...(running.failed ? [running.failed.catch((error: unknown) => error)] : []),
  ]);
  const failed = typeof cause !== "string";
  if (failed) log.fatal({ err: cause }, "service failed");
  else log.info({ signal: cause }, "stopping");
  process.once("SIGTERM", () => void leave(1)).once("SIGINT", () => void leave(1));
  setTimeout(() => {
    log.error({ deadlineMs: options.deadlineMs }, "drain deadline passed");
    void leave(1);
  }, options.deadlineMs).unref();
  await running[Symbol.asyncDispose]();
  log.info("stopped");
  await leave(failed ? 1 : 0);
}

class StoppedBeforeStart extends Error {}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("SIGTERM")).once("SIGINT", () => resolve("SIGINT"));
  });
}
