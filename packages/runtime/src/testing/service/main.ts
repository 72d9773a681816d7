/** The smallest service: it says that it is up, and leaves when it is asked to; SIGUSR2 is an error out of nowhere. */
import { run } from "../../run.ts";

await run(
  "service",
  async (log) => {
    const job = setInterval(() => undefined, 60_000);
    log.info("up");
    process.once("SIGUSR2", () => {
      throw new Error("out of nowhere");
    });
    return {
      [Symbol.asyncDispose]: async () => {
        clearInterval(job);
        log.info("drained");
      },
    };
  },
  { level: "info", deadlineMs: 20_000 },
);
