import { ClusterUnderTest } from "./cluster-under-test.ts";
import { cpuDuring } from "./cpu.ts";
import { Crowd } from "./crowd.ts";
import type { Figure } from "./figure.ts";
import { type Run, rounds } from "./run.ts";

const AIM_MICROS = 450;

/** Upgrade, connect with a token, subscribe to one's own orders: by customers who were never seen before. */
export async function measureConnects(run: Run): Promise<readonly Figure[]> {
  const { clients, parallel } = run.effort.connect;
  run.progress(`${clients} connects with token and subscribe, ${parallel} at a time`);
  await using cluster = await ClusterUnderTest.start(run.servers, 1, run.nodeOptions);
  await using crowd = new Crowd();
  const port = cluster.nodes[0]?.port ?? 0;
  const measured = await rounds(run.effort.rounds, async (index) => {
    const logins = await cluster.logins(`round${index}`, clients);
    const spent = await cpuDuring(cluster.processes, () => crowd.login(port, logins, parallel));
    await crowd.leave();
    await cluster.deserted();
    return new Map([...spent].map(([name, micros]) => [name, micros / clients]));
  });
  const names = [...new Set(cluster.processes.map(({ name }) => name))];
  return names.map((name) => ({
    name: `connect with token and subscribe: ${name}`,
    unit: "µs",
    rounds: measured.map((costs) => costs.get(name) ?? 0),
    ...(name === "node" ? { atMost: AIM_MICROS } : {}),
  }));
}
