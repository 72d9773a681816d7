import { BalancerProcess } from "./process.ts";
import type { NamedNode, Strategy, Subject, SubjectOptions } from "./subject.ts";

const MAIN = `${import.meta.dirname}/../../../services/balancer/src/main.ts`;

/** What our balancer says of a node. */
export interface NodeView {
  readonly address: string;
  readonly state: string;
  readonly active: number;
}

/** Our balancer as a process of its own; resolves once every node that runs is in. */
export async function startOurs(
  nodes: readonly NamedNode[],
  { strategy, env = {} }: SubjectOptions & { readonly strategy: Strategy },
): Promise<Subject> {
  const balancer = new BalancerProcess(process.execPath, [MAIN], {
    BELLWIRE_BALANCER_HOST: "127.0.0.1",
    BELLWIRE_BALANCER_PORT: "0",
    BELLWIRE_BALANCER_ADMIN_PORT: "0",
    BELLWIRE_BALANCER_NODES: nodes.map(({ port, weight }) => `127.0.0.1:${port}*${weight}`).join(","),
    BELLWIRE_BALANCER_STRATEGY: strategy,
    BELLWIRE_BALANCER_HEALTH_PATH: "/ready",
    BELLWIRE_BALANCER_DRAIN_MS: "0",
    ...env,
  });
  const { port, adminPort } = await portsOf(balancer);
  const subject = { port, adminPort, process: balancer, [Symbol.asyncDispose]: () => balancer[Symbol.asyncDispose]() };
  await balancer.ready("its nodes did not come up", async () =>
    (await nodesOf(subject)).every(({ state }) => state === "up") ? true : undefined,
  );
  return subject;
}

/** Resolves once our balancer says where it listens. */
export const portsOf = (balancer: BalancerProcess): Promise<{ readonly port: number; readonly adminPort: number }> =>
  balancer.ready("our balancer did not start", async () => {
    for (const { port, adminPort } of balancer.output.flatMap(parsed))
      if (port !== undefined && adminPort !== undefined) return { port, adminPort };
    return undefined;
  });

/** Where our balancer takes connections that begin with a PROXY header. */
export function proxyPortOf({ process }: Pick<Subject, "process">): number {
  const port = process.output.flatMap(parsed).find(({ proxyPort }) => proxyPort !== undefined)?.proxyPort;
  if (port === undefined) throw new Error("it has no PROXY port");
  return port;
}

/** What our balancer's operators' port says of its nodes. */
export async function nodesOf({ adminPort }: Pick<Subject, "adminPort">): Promise<readonly NodeView[]> {
  // Kept, the connection would be one of the balancer's descriptors for more than a minute.
  const answer = await fetch(`http://127.0.0.1:${adminPort}/nodes`, { headers: { connection: "close" } });
  return ((await answer.json()) as { nodes: NodeView[] }).nodes;
}

/** The sum of our balancer's metrics whose line begins so. */
export async function metricOf({ adminPort }: Pick<Subject, "adminPort">, start: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(start));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

/** Log entries that tell of a node's change of state. */
export const changesOf = ({ process }: Pick<Subject, "process">): readonly Entry[] =>
  process.output.flatMap(parsed).filter(({ msg }) => msg === "node changed");

interface Entry {
  readonly msg?: string;
  readonly to?: string;
  readonly port?: number;
  readonly adminPort?: number;
  readonly proxyPort?: number;
}

const parsed = (line: string): Entry[] => (line.startsWith("{") ? [JSON.parse(line) as Entry] : []);
