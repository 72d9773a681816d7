import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";

/** A service whose log is read, until `close`. */
async function start() {
  const child = spawn(process.execPath, [`${import.meta.dirname}/testing/service/main.ts`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => said.push((JSON.parse(line) as { msg: string }).msg));
  await once(lines, "line");
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    said,
    end,
    close: () => child.stdout.destroy(),
    [Symbol.asyncDispose]: () => end("SIGKILL").then(() => undefined),
  };
}

describe("a service", () => {
  it("that is asked to leave says its last words and exits 0", async () => {
    await using service = await start();
    expect(await service.end("SIGTERM")).toBe(0);
    await expect.poll(() => service.said).toEqual(["up", "stopping", "drained", "stopped"]);
  });

  it("that meets an error which nobody caught says so and exits 1", async () => {
    await using service = await start();
    expect(await service.end("SIGUSR2")).toBe(1);
    await expect.poll(() => service.said).toEqual(["up", "uncaught error"]);
  });

  it.each([
    ["SIGTERM", 0],
    ["SIGUSR2", 1],
  ] as const)("whose log nobody reads any more ends at %s with %i as well", async (signal, code) => {
    await using service = await start();
    service.close();
    expect(await service.end(signal)).toBe(code);
  });
});
