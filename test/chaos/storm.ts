import type { FaultPath } from "../network/fault-path.ts";
import { type Books, comeBack } from "./come-back.ts";
import type { Crowd } from "./crowd/crowd.ts";
import type { Fault, PathFault, PlannedFault } from "./plan/fault.ts";
import type { Random } from "./plan/random.ts";
import { Quiet } from "./quiet.ts";

const DELAY_MS = 200;
const TRICKLE_BYTES_PER_SECOND = 16_384;
/** After so long all nodes have said what they know. */
const SETTLED_MS = 6_000;
const NODE_TO_REDIS = /^node-\d+>redis$/;
/** A watermark that is always passed, and RabbitMQ's own. */
const DISARM_TRIES = 10;
const ALARM = { on: "0.00001", off: "0.4" } as const;

export interface StormWorld extends Books {
  readonly crowd: Crowd;
  readonly random: Random;
  readonly members: readonly string[];
}

/** Does what the plan says, when it says so. */
export class Storm {
  readonly #world: StormWorld;
  /** What is done to one server is done one after the other. */
  readonly #servers: Record<"rabbitmq" | "redis", Promise<unknown>> = {
    rabbitmq: Promise.resolve(),
    redis: Promise.resolve(),
  };

  /**
   * While Redis comes back older no node ends or is kept from it, where the nodes are to say what they know: that would be lost with
   * both, as the README says.
   */
  readonly #quiet = new Quiet();
  #rolling: Promise<void> | undefined;

  constructor(world: StormWorld) {
    this.#world = world;
  }

  /** Resolves when everything of the plan is done and undone. */
  async rage(plan: readonly PlannedFault[], began: number): Promise<void> {
    await Promise.all(
      plan.map(async ({ at, fault }) => {
        await pause(began + at - performance.now());
        this.#world.log(`fault ${JSON.stringify(fault)}`);
        try {
          await this.#do(fault);
        } catch (error) {
          // RabbitMQ's command line tool fails while the broker is away.
          this.#world.log(`fault ${fault.kind} came to nothing: ${String(error).split("\n")[0]}`);
        }
      }),
    );
    await this.calm();
  }

  /** Takes back what may still be in force. */
  async calm(): Promise<void> {
    const { stage } = this.#world;
    for (const paths of stage.paths.values()) for (const path of paths) await path.mend();
    for (const part of stage.parts.values()) part.signal("SIGCONT");
  }

  #do(fault: Fault): Promise<unknown> {
    const { stage } = this.#world;
    switch (fault.kind) {
      case "kill":
        return this.#quiet.disturb(() => stage.part(fault.part).end("SIGKILL", fault.downMs));
      case "leave":
        return this.#quiet.disturb(() => this.#leave(fault.part, fault.downMs));
      case "roll":
        return this.#roll();
      case "freeze":
        return this.#freeze(fault.part, fault.ms);
      case "restart":
        return this.#comeBack(fault);
      case "alarm":
        return this.#alone("rabbitmq", () => this.#alarm(fault.ms));
      case "path":
        return NODE_TO_REDIS.test(fault.path)
          ? this.#quiet.disturb(() => this.#harm(fault.path, fault.how, fault.ms))
          : this.#harm(fault.path, fault.how, fault.ms);
      case "clock":
        return stage.stepClock(fault.part, fault.stepMs);
      case "clients":
        return this.#clients(fault);
      default:
        return fault satisfies never;
    }
  }

  async #leave(name: string, downMs: number): Promise<void> {
    const code = await this.#world.stage.part(name).end("SIGTERM", downMs);
    if (code !== undefined) this.#world.log(`${name} left with ${code}`);
    if (code !== undefined && code !== 0)
      this.#world.ledger.found({ what: `${name} was asked to leave and ended with ${code}`, at: Date.now() });
  }

  /** Every node leaves and comes back, one after the other; one roll at a time. */
  #roll(): Promise<void> {
    this.#rolling ??= this.#rollAll().finally(() => {
      this.#rolling = undefined;
    });
    return this.#rolling;
  }

  async #rollAll(): Promise<void> {
    for (const node of this.#world.stage.nodes) {
      await this.#quiet.disturb(async () => {
        await this.#leave(node.name, 0);
        await node.start();
      });
    }
  }

  #freeze(name: string, ms: number): Promise<void> {
    const { stage } = this.#world;
    if (name !== "rabbitmq" && name !== "redis") return this.#quiet.disturb(() => stage.part(name).freeze(ms));
    return this.#alone(name, async () => {
      const { pid } = name === "redis" ? stage.redis : stage.rabbit;
      process.kill(pid, "SIGSTOP");
      await pause(ms);
      process.kill(pid, "SIGCONT");
    });
  }

  #comeBack(fault: Fault & { readonly kind: "restart" }): Promise<void> {
    const back = () => comeBack(fault, this.#world);
    if (fault.data !== "older" || this.#world.afterRedisRestart === "renew") return this.#alone(fault.server, back);
    return this.#alone(fault.server, () =>
      this.#quiet.keep(async () => {
        await back();
        await pause(SETTLED_MS);
      }),
    );
  }

  async #alarm(ms: number): Promise<void> {
    const { rabbit } = this.#world.stage;
    try {
      await rabbit.ctl("set_vm_memory_high_watermark", ALARM.on);
      await pause(ms);
    } finally {
      await this.#disarm();
    }
  }

  /** The tool's word is not enough: an alarm that stays would end the run. */
  async #disarm(): Promise<void> {
    const { rabbit } = this.#world.stage;
    for (let tries = 0; tries < DISARM_TRIES; tries += 1) {
      try {
        await rabbit.ctl("set_vm_memory_high_watermark", ALARM.off);
        const alarms = await rabbit.ctl("eval", "rabbit_alarm:get_alarms().");
        if (alarms.trim() === "[]") return;
        this.#world.log(`still alarmed: ${alarms.trim()}`);
      } catch (error) {
        this.#world.log(`not disarmed: ${String(error).split("\n")[0]}`);
      }
      await pause(1_000);
    }
  }

  async #harm(name: string, how: PathFault, ms: number): Promise<void> {
    for (const path of this.#world.stage.path(name)) await harms[how](path);
    await pause(ms);
    for (const path of this.#world.stage.path(name)) await path.mend();
  }

  async #clients({ how, share, ms }: Fault & { readonly kind: "clients" }): Promise<void> {
    const { crowd, random, members } = this.#world;
    crowd.harm(
      how,
      members.filter(() => random.chance(share)),
      ms,
    );
    await pause(how === "stall" ? ms : 0);
  }

  #alone(server: "rabbitmq" | "redis", act: () => Promise<void>): Promise<void> {
    const acting = this.#servers[server].then(act);
    this.#servers[server] = acting.catch(() => undefined);
    return acting;
  }
}

const harms: Readonly<Record<PathFault, (path: FaultPath) => void | Promise<void>>> = {
  cut: (path) => path.cut(),
  reset: (path) => path.reset(),
  "half-open": (path) => path.halfOpen(),
  delay: (path) => path.weather({ delayMs: DELAY_MS }),
  throttle: (path) => path.weather({ bytesPerSecond: TRICKLE_BYTES_PER_SECOND }),
  hole: (path) => path.weather({ hole: true }),
  "hole-up": (path) => path.weather({ hole: true }, "up"),
  "hole-down": (path) => path.weather({ hole: true }, "down"),
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
