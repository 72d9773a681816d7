import type { NodeProcess } from "../../balancer/node-process.ts";
import { nodesOf, portsOf } from "../../balancer/subjects/ours.ts";
import { BalancerProcess } from "../../balancer/subjects/process.ts";
import type { Subject } from "../../balancer/subjects/subject.ts";

const MAIN = `${import.meta.dirname}/../../../services/balancer/src/testing/negotiating/main.ts`;

/** Our balancer as a process whose clients are told a node's address by `POST /negotiate`; resolves once every node is in. */
export async function startNegotiating(nodes: readonly NodeProcess[]): Promise<Subject> {
  const args = nodes.map(({ port }) => String(port));
  const balancer = new BalancerProcess(process.execPath, [MAIN, ...args], {
    BELLWIRE_BALANCER_HOST: "127.0.0.1",
    BELLWIRE_BALANCER_PORT: "0",
    BELLWIRE_BALANCER_ADMIN_PORT: "0",
    BELLWIRE_BALANCER_DRAIN_MS: "0",
    BELLWIRE_TICKET_SECRET: "the-benchmark's-ticket-secret",
    // No node reports its clients here, so that places are given back by time alone.
    BELLWIRE_BALANCER_TICKET_MS: "1000",
    BELLWIRE_BALANCER_RESERVATIONS: "100000",
    BELLWIRE_BALANCER_ADDRESS_RESERVATIONS: "100000",
  });
  const { port, adminPort } = await portsOf(balancer);
  const subject = { port, adminPort, process: balancer, [Symbol.asyncDispose]: () => balancer[Symbol.asyncDispose]() };
  await balancer.ready("its nodes did not come up", async () => {
    const known = await nodesOf(subject);
    return known.length === nodes.length && known.every(({ state }) => state === "up") ? true : undefined;
  });
  return subject;
}
