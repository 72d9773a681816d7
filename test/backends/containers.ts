import { ENABLED_PLUGINS, guard, hasImage, probeRabbit, probeRedis } from "@bellwire/backends";
import { RabbitMQContainer } from "@testcontainers/rabbitmq";
import { RedisContainer } from "@testcontainers/redis";
import type { AbstractStartedContainer } from "testcontainers";
import type { Pair } from "./pair.ts";

/** Sweeps up after a test process that died; where it cannot be had, our own guard does. */
const REAPER_IMAGE = "testcontainers/ryuk:0.14.0";

/** Redis 8 and RabbitMQ 4 out of their images. A start that fails leaves no container. */
export async function startContainers(): Promise<Pair> {
  if (process.env.TESTCONTAINERS_RYUK_DISABLED === undefined && !(await hasImage(REAPER_IMAGE)))
    process.env.TESTCONTAINERS_RYUK_DISABLED = "true";
  await using starting = new AsyncDisposableStack();
  const redis = keep(starting, await new RedisContainer("redis:8").start());
  const rabbit = keep(
    starting,
    await new RabbitMQContainer("rabbitmq:4")
      .withCopyContentToContainer([{ content: ENABLED_PLUGINS, target: "/etc/rabbitmq/enabled_plugins" }])
      .withStartupTimeout(120_000)
      .start(),
  );
  const redisPort = redis.getPort();
  const rabbitPort = rabbit.getMappedPort(5672);
  const versions = [`Redis ${await probeRedis(redisPort)}`, `RabbitMQ ${await probeRabbit(rabbitPort)}`];
  const running = starting.move();
  return {
    redisUrl: `redis://${redis.getHost()}:${redisPort}`,
    amqpUrl: `amqp://guest:guest@${rabbit.getHost()}:${rabbitPort}`,
    versions: versions.join(", "),
    stop: () => running.disposeAsync(),
  };
}

function keep<Container extends AbstractStartedContainer>(
  stack: AsyncDisposableStack,
  container: Container,
): Container {
  const forget = guard({ kind: "container", id: container.getId() });
  stack.defer(async () => {
    await container.stop({ timeout: 0 });
    forget();
  });
  return container;
}
