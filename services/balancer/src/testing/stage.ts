import type { Registry, Rulebook } from "@bellwire/hub";
import { createLog, type Env } from "@bellwire/runtime";
import { inject } from "vitest";
import { startBalancer } from "../balancer.ts";
import { readBalancerConfig } from "../config/config.ts";

/** A balancer on free ports of loopback, in front of nodes that are believed until a check fails. */
export interface Stage extends AsyncDisposable {
  readonly port: number;
  readonly adminPort: number;
  /** 0 unless the environment asks for it. */
  readonly tlsPort: number;
  readonly proxyPort: number;
  readonly url: string;
  /** What the admin port says of each node. */
  nodes(): Promise<readonly NodeView[]>;
  /** One metric's line, undefined while it has none. */
  metric(line: string): Promise<number | undefined>;
}

export interface NodeView {
  readonly id: string;
  readonly state: string;
  readonly active: number;
  readonly weight: number;
  readonly source: string;
  readonly lastCause: string;
}

export async function startStage(
  nodes: readonly { readonly address: string }[],
  env: Env = {},
  registry?: Pick<Registry, "roster">,
  rulebook?: Rulebook,
): Promise<Stage> {
  const config = readBalancerConfig({
    BELLWIRE_BALANCER_HOST: "127.0.0.1",
    BELLWIRE_BALANCER_PORT: "0",
    BELLWIRE_BALANCER_ADMIN_PORT: "0",
    BELLWIRE_BALANCER_NODES: nodes.map(({ address }) => address).join(","),
    BELLWIRE_BALANCER_CHECK_INITIAL: "up",
    BELLWIRE_BALANCER_CHECK_FAST_MS: "100",
    BELLWIRE_BALANCER_DRAIN_MS: "0",
    BELLWIRE_BALANCER_IO: inject("io"),
    ...env,
  });
  const { log } = createLog("balancer", "silent");
  const balancer = await startBalancer(config, { log, ...(registry && { registry }), ...(rulebook && { rulebook }) });
  const admin = `http://127.0.0.1:${balancer.adminPort}`;
  return {
    port: balancer.port,
    adminPort: balancer.adminPort,
    tlsPort: balancer.tlsPort ?? 0,
    proxyPort: balancer.proxyPort ?? 0,
    url: `127.0.0.1:${balancer.port}`,
    nodes: async () => ((await (await fetch(`${admin}/nodes`)).json()) as { nodes: NodeView[] }).nodes,
    metric: async (line) => {
      const text = await (await fetch(`${admin}/metrics`)).text();
      const found = text.split("\n").find((each) => each.startsWith(`${line} `));
      return found === undefined ? undefined : Number(found.split(" ")[1]);
    },
    [Symbol.asyncDispose]: () => balancer[Symbol.asyncDispose](),
  };
}

/** Sum of what all nodes carry. */
export const activeOn = async (stage: Stage): Promise<number> =>
  (await stage.nodes()).reduce((sum, { active }) => sum + active, 0);
