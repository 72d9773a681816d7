import { closeRedis, createRegistry, createRulebook, openRedis } from "@bellwire/redis";
import { ConfigError, createLog, run } from "@bellwire/runtime";
import { startBalancer } from "./balancer.ts";
import { type BalancerConfig, readBalancerConfig } from "./config/config.ts";

/** Beyond the drain limit, for closing ports and connections. */
const CLOSING_MS = 5_000;

const config = await readOrExit(process.env);
await run(
  "balancer",
  async (log) => {
    await using starting = new AsyncDisposableStack();
    const redis =
      config.redisUrl === undefined
        ? undefined
        : starting.adopt(await openRedis({ url: config.redisUrl, name: "bellwire-balancer", log }), closeRedis);
    const registry = redis && createRegistry(redis, { prefix: config.prefix });
    const rulebook = redis && createRulebook(redis, { prefix: config.prefix });
    const shared = { ...(registry && { registry }), ...(rulebook && { rulebook }) };
    starting.use(await startBalancer(config, { log, processMetrics: true, ...shared }));
    const held = starting.move();
    return { [Symbol.asyncDispose]: () => held.disposeAsync() };
  },
  { level: config.logLevel, deadlineMs: config.limits.drainMs + CLOSING_MS },
);

/** The log's level and the deadline come out of the configuration, so it is read before both; a bad one is one line. */
async function readOrExit(env: NodeJS.ProcessEnv): Promise<BalancerConfig> {
  try {
    return readBalancerConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { log, flush } = createLog("balancer", "info");
    log.fatal(error.message);
    await flush();
    process.exit(1);
  }
}
