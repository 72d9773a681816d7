import type { NativeBackend } from "@bellwire/backends";
import type { AfterRestart } from "@bellwire/redis";
import { bookDeadLetters } from "./dead-letters.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Fault } from "./plan/fault.ts";
import type { Stage } from "./stage/stage.ts";

type Restart = Fault & { readonly kind: "restart" };

export interface Books {
  readonly stage: Stage;
  readonly ledger: Ledger;
  readonly log: (line: string) => void;
  /** What waits in the producer's outbox. */
  readonly outbox: () => Promise<ReadonlySet<string>>;
  /** The nodes' setting. */
  readonly afterRedisRestart: AfterRestart;
}

/** How old the data is with which Redis comes back older, ms: what a failover to a replica that lags would lose. */
const OLDER_MS = 1_500;

/** Ends a server, starts it again, and books what it may have lost. */
export async function comeBack(fault: Restart, world: Books): Promise<void> {
  const { server, how, data, downMs } = fault;
  const renews = server === "redis" && data === "kept" && world.afterRedisRestart === "renew";
  const target = server === "redis" ? world.stage.redis : world.stage.rabbit;
  const lost = data === "kept" ? undefined : await bookkeepers[server](fault, world);
  if (how === "kill") await target.kill();
  const at = Date.now();
  if (renews) world.ledger.renewals.push(at);
  if (how === "kill") {
    if (data === "lost") await target.wipe();
    if (data === "older") await target.revert();
    await pause(downMs);
    lost?.(at);
  }
  await target.restart();
  world.log(`${server} is back with its data ${data}`);
}

/** Looks at what is there and will be lost; answers how to book it once the server has ended at `at` and before it is back. */
type Bookkeeper = (fault: Restart, world: Books) => Promise<(at: number) => void>;

const bookkeepers: Readonly<Record<Restart["server"], Bookkeeper>> = {
  async rabbitmq(_fault, { stage, ledger, log }) {
    const countedAt = Date.now();
    const messages = await stage.waiting();
    // They would be lost with it.
    await bookDeadLetters(stage, ledger);
    log(`${messages} events wait in RabbitMQ`);
    return (at) => void ledger.brokerLosses.push({ at, countedAt, messages });
  },
  async redis({ data }, { stage, ledger, outbox, log }) {
    const copied = data === "older" ? await aged(stage.redis, outbox) : new Set<string>();
    const readAt = Date.now();
    const held = await outbox();
    log(`${held.size} events are in the outbox, and ${copied.size} were when the data was copied`);
    return (at) => void ledger.storeLosses.push({ at, outbox: { held, readAt, copied, downUntil: Date.now() } });
  },
};

/** Copies the data and lets it grow old; answers what was in the outbox before. */
async function aged(redis: NativeBackend, outbox: () => Promise<ReadonlySet<string>>): Promise<ReadonlySet<string>> {
  const copied = await outbox();
  await redis.snapshot();
  await pause(OLDER_MS);
  return copied;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
