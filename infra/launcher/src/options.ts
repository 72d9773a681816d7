import { resolve } from "node:path";
import { parseArgs } from "node:util";

export const BACKENDS = ["auto", "memory", "native", "docker", "external"] as const;
export type BackendName = (typeof BACKENDS)[number];

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];
const MOST_NODES = 20;
const MOST_SIMULATED = 1_000;

/** What `npm start -- …` was asked for. */
export interface Options {
  readonly backend: BackendName;
  readonly nodes: number;
  readonly strategy: string | undefined;
  /** Shop events per second of the simulator; 0: it is off. */
  readonly simulate: number;
  /** What the balancer and the page listen on; everything else stays on loopback. */
  readonly host: string;
  readonly logLevel: string;
  /** The nodes' configuration file, as an absolute path. */
  readonly config: string | undefined;
  readonly ports: Ports;
}

/** Fixed ports; `node` and `nodeOps` are those of the first node, the others follow. */
export interface Ports {
  readonly balancer: number;
  readonly admin: number;
  readonly producer: number;
  readonly storefront: number;
  readonly node: number;
  readonly nodeOps: number;
}

export const HELP = `npm start -- [options]

  --backend NAME       auto, memory, native, docker or external (auto)
                       native: redis-server and rabbitmq-server of this machine, started privately
                       external: those of BELLWIRE_REDIS_URL and BELLWIRE_AMQP_URL
                       auto: given URLs, else native, else docker, else memory
  --nodes N            how many nodes, 1 to ${MOST_NODES} (3)
  --strategy NAME      how the balancer picks a node (its default)
  --config FILE        the nodes' configuration: namespaces, keys, proxies, limits
                       (BELLWIRE_CONFIG, else infra/launcher/nodes.json: proof of display is on)
  --simulate RATE      shop events per second, 0 to ${MOST_SIMULATED}; 0 is off (1)
  --host ADDRESS       what the balancer and the page listen on (127.0.0.1)
  --port N             the balancer (8000)
  --admin-port N       the balancer's admin (8001)
  --producer-port N    the shop's API (8010)
  --storefront-port N  the page (8020)
  --node-port N        the first node; the others follow (8101)
  --node-ops-port N    the first node's health and metrics; the others follow (8201)
  --log-level LEVEL    ${LOG_LEVELS.join(", ")} (info)
  --help               this text
`;

const text = { type: "string" } as const;

/** Reads the command line. A problem is one sentence that names the option. */
export function readOptions(args: readonly string[]): Options | { readonly help: true } | { readonly problem: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        backend: { ...text, default: "auto" },
        nodes: { ...text, default: "3" },
        strategy: text,
        config: text,
        simulate: { ...text, default: "1" },
        host: { ...text, default: "127.0.0.1" },
        port: { ...text, default: "8000" },
        "admin-port": { ...text, default: "8001" },
        "producer-port": { ...text, default: "8010" },
        "storefront-port": { ...text, default: "8020" },
        "node-port": { ...text, default: "8101" },
        "node-ops-port": { ...text, default: "8201" },
        "log-level": { ...text, default: "info" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return { help: true };
    return {
      backend: oneOf(BACKENDS, values.backend, "--backend"),
      nodes: whole(values.nodes, "--nodes", 1, MOST_NODES),
      strategy: values.strategy,
      config: values.config === undefined ? undefined : resolve(values.config),
      simulate: rate(values.simulate),
      host: values.host,
      logLevel: oneOf(LOG_LEVELS, values["log-level"], "--log-level"),
      ports: {
        balancer: port(values.port, "--port"),
        admin: port(values["admin-port"], "--admin-port"),
        producer: port(values["producer-port"], "--producer-port"),
        storefront: port(values["storefront-port"], "--storefront-port"),
        node: port(values["node-port"], "--node-port"),
        nodeOps: port(values["node-ops-port"], "--node-ops-port"),
      },
    };
  } catch (error) {
    if (error instanceof BadOption || (error instanceof TypeError && "code" in error))
      return { problem: error.message };
    throw error;
  }
}

class BadOption extends Error {}

function oneOf<Name extends string>(names: readonly Name[], value: string, option: string): Name {
  const found = names.find((name) => name === value);
  if (found === undefined) throw new BadOption(`${option} is one of ${names.join(", ")}, not ${JSON.stringify(value)}`);
  return found;
}

function whole(value: string, option: string, least: number, most: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new BadOption(`${option} is a whole number from ${least} to ${most}, not ${JSON.stringify(value)}`);
}

const port = (value: string, option: string) => whole(value, option, 1, 65_535);

function rate(value: string): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (number <= MOST_SIMULATED) return number;
  throw new BadOption(`--simulate is a number from 0 to ${MOST_SIMULATED}, not ${JSON.stringify(value)}`);
}
