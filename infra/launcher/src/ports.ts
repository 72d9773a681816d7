import { isPortFree } from "@bellwire/backends";
import type { Options } from "./options.ts";

interface Claim {
  readonly option: string;
  readonly host: string;
  readonly port: number;
}

/** Every port that the cluster listens on, with the option that moves it. */
export function claims({ ports, nodes, host }: Options): readonly Claim[] {
  const loopback = "127.0.0.1";
  const perNode = (option: string, first: number) =>
    Array.from({ length: nodes }, (_, index): Claim => ({ option, host: loopback, port: first + index }));
  return [
    { option: "--port", host, port: ports.balancer },
    { option: "--admin-port", host: loopback, port: ports.admin },
    { option: "--producer-port", host: loopback, port: ports.producer },
    { option: "--storefront-port", host, port: ports.storefront },
    ...perNode("--node-port", ports.node),
    ...perNode("--node-ops-port", ports.nodeOps),
  ];
}

/** One sentence per port that cannot be had, each naming its option; empty when all is well. */
export async function takenPorts(
  wanted: readonly Claim[],
  isFree: (port: number, host: string) => Promise<boolean> = isPortFree,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const claimed = new Map<number, string>();
  for (const { option, host, port } of wanted) {
    const other = claimed.get(port);
    if (port > 65_535) problems.push(`${option} reaches beyond port 65535`);
    else if (other !== undefined) problems.push(`${option} and ${other} both want port ${port}`);
    else if (!(await isFree(port, host)))
      problems.push(`port ${port} on ${host} is taken or not allowed: choose another with ${option}`);
    claimed.set(port, option);
  }
  return problems;
}
