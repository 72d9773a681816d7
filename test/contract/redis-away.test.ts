import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { ChannelName } from "@bellwire/protocol";
import { closeRedis, createStreams, onUp, openRedis, stateOf } from "@bellwire/redis";
import { describe, expect, inject, it } from "vitest";

const COMMAND_TIMEOUT_MS = 300;

/** A line to Redis that can go dead or be cut. */
async function openLine(redisUrl: string) {
  const { hostname, port } = new URL(redisUrl);
  const pairs = new Set<readonly [Socket, Socket]>();
  let cut = false;
  let deaf = false;
  const server = createServer((client) => {
    if (cut) {
      client.destroy();
      return;
    }
    const redis = connect(Number(port), hostname);
    const pair = [client, redis] as const;
    pairs.add(pair);
    client.on("data", (bytes) => redis.write(bytes));
    redis.on("data", (bytes) => {
      if (!deaf) client.write(bytes);
    });
    for (const [one, other] of [pair, [redis, client] as const]) {
      one.on("error", () => other.destroy());
      one.on("close", () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const drop = () => {
    for (const [client] of pairs) client.destroy();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Commands arrive, answers do not. */
    loseAnswers: () => {
      deaf = true;
    },
    cut: () => {
      cut = true;
      drop();
    },
    mend: () => {
      cut = false;
      deaf = false;
    },
    async [Symbol.asyncDispose]() {
      drop();
      server.close();
      await once(server, "close");
    },
  };
}

async function openBehind(redisUrl: string) {
  await using opening = new AsyncDisposableStack();
  const line = opening.use(await openLine(redisUrl));
  const logged: string[] = [];
  const note = (level: string) => (_fields: object, message: string) => logged.push(`${level}: ${message}`);
  const redis = await openRedis({
    url: line.url,
    name: "away",
    log: { info: note("info"), warn: note("warn"), error: note("error") },
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
  });
  opening.defer(() => closeRedis(redis));
  const streams = createStreams(redis, { prefix: `test-${randomUUID()}` });
  const opened = opening.move();
  return { line, redis, streams, logged, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

const append = {
  channel: ChannelName.parse("promo:all"),
  data: '"x"',
  dedupMs: 60_000,
  versionTtlMs: 60_000,
  history: { size: 10, ttlMs: 60_000 },
};

for (const { name, redisUrl } of inject("backends")) {
  describe(`redis ${name} goes away`, () => {
    it("rejects at once while the connection is lost, and works again when it is back", async () => {
      await using test = await openBehind(redisUrl);
      let ups = 0;
      onUp(test.redis, () => {
        ups++;
      });
      await test.streams.append(append);
      expect(stateOf(test.redis)).toBe("up");
      test.line.cut();
      await expect.poll(() => stateOf(test.redis)).toBe("down");
      const asked = performance.now();
      await expect(test.streams.append(append)).rejects.toThrow();
      await expect(test.streams.tops([append.channel])).rejects.toThrow();
      expect(performance.now() - asked).toBeLessThan(COMMAND_TIMEOUT_MS);
      test.line.mend();
      await expect.poll(() => ups, { timeout: 10_000 }).toBe(1);
      expect((await test.streams.append(append)).position.offset).toBe(2);
      expect(test.logged).toEqual(["info: redis is up", "warn: redis is away", "info: redis is up"]);
    });

    it("rejects after the command timeout when no answer comes, and does not repeat the command", async () => {
      await using test = await openBehind(redisUrl);
      await test.streams.append(append);
      test.line.loseAnswers();
      const asked = performance.now();
      await expect(test.streams.append(append)).rejects.toThrow(/timed out/i);
      expect(performance.now() - asked).toBeLessThan(3 * COMMAND_TIMEOUT_MS);
      const unanswered = test.streams.append(append);
      test.line.cut();
      await expect(unanswered).rejects.toThrow();
      test.line.mend();
      const top = () => test.streams.read(append.channel, { limit: 0 }).then(({ top }) => top.offset, String);
      // The first was carried out once, the second once or not at all.
      await expect.poll(top, { timeout: 10_000 }).toBeOneOf([2, 3]);
    });

    it("does not start without Redis, and says which without its password", async () => {
      await using line = await openLine(redisUrl);
      line.cut();
      const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
      const url = line.url.replace("redis://", "redis://user:secret@");
      const opening = openRedis({ url, name: "away", log: silent, startTimeoutMs: 400 });
      await expect(opening).rejects.toThrow(
        /^Redis at redis:\/\/user:\*\*\*@127.0.0.1:\d+ was not ready within 400 ms/,
      );
    });
  });
}
