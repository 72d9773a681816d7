import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { connectRaw, type RawClient } from "../../testing/raw-client.ts";
import { soon } from "../../testing/soon.ts";
import { loadSystem } from "./system.ts";

const onLinux = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);

/** The process of `testing/epoll-process`, which may open `files` descriptors. */
async function start(files = 1_024) {
  const script = `${import.meta.dirname}/../../testing/epoll-process/main.ts`;
  const child = spawn("sh", ["-c", `ulimit -n ${files}; exec "$0" "$1"`, process.execPath, script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const said: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => said.push(line));
  await soon(() => said.length).toBe(1);
  const port = Number(said[0]?.split(" ")[1]);
  const clients: RawClient[] = [];
  const client = (): RawClient => {
    const one = connectRaw(port);
    clients.push(one);
    return one;
  };
  return {
    said,
    client,
    exited,
    [Symbol.asyncDispose]: async () => {
      for (const one of clients) one.socket.destroy();
      child.kill("SIGKILL");
      await exited;
    },
  };
}

it("can be had on Linux, so that nothing here is tested in name only", async () => {
  expect((await loadSystem()) instanceof Error).toBe(!onLinux);
});

describe.runIf(onLinux)("a process on the loop", { timeout: 30_000 }, () => {
  it("goes on when a handler throws, which is uncaught as anywhere, and ends by itself", async () => {
    await using running = await start();
    const { said, client, exited } = running;
    const one = client();
    const other = client();
    one.send("throw");
    await soon(() => said.slice(1)).toEqual(["uncaught on purpose"]);
    one.send("one");
    other.send("other");
    await soon(() => one.received + other.received).toBe("oneother");
    other.send("stop");
    one.socket.end();
    other.socket.end();
    expect(await exited).toEqual([0, null]);
  });

  it("leaves Node's own work its turn: files, timers, promises, and every wire its own beside them", async () => {
    await using running = await start();
    const { client } = running;
    const busy = client();
    let turns = 0;
    busy.socket.on("data", () => {
      turns += 1;
      busy.send("x");
    });
    busy.send("x");
    for (let tries = 1; tries <= 5; tries += 1) {
      const one = client();
      one.send("later");
      await soon(() => one.received).toBe("later");
    }
    const before = turns;
    await soon(() => turns).toBeGreaterThan(before + 10);
  });

  it("waits for a free descriptor when there is none, says so once, and then serves who has waited", async () => {
    await using running = await start(48);
    const { said, client } = running;
    const clients = Array.from({ length: 60 }, client);
    for (const one of clients) one.send("hello");
    await soon(() => said.length).toBe(2);
    expect(said[1]).toBe("starved accept EMFILE: too many open files");
    await soon(() => clients.filter(({ received }) => received === "hello").length).toBeGreaterThan(10);
    expect(clients.filter(({ received }) => received === "hello").length).toBeLessThan(48);
    // Longer than it pauses: it finds nothing free once more, and is as it was.
    const answered = clients.find(({ received }) => received === "hello");
    for (let times = 1; times <= 20; times += 1) {
      answered?.send("wait");
      await soon(() => answered?.received).toBe(`hello${"wait".repeat(times)}`);
    }
    answered?.socket.destroy();
    // Those that have been answered make room for those that have not.
    await soon(() => {
      for (const { received, socket } of clients) if (received === "hello") socket.destroy();
      return clients.every(({ received }) => received.startsWith("hello"));
    }).toBe(true);
    expect(said.slice(1).filter((line) => !line.startsWith("starved"))).toEqual([]);
  });
});
