import { freePort } from "../../network/free-port.ts";
import { accepts, BalancerProcess } from "./process.ts";
import { program } from "./program.ts";
import { divided, privateFolder } from "./rendered.ts";
import type { NamedNode, Strategy, Subject, SubjectOptions } from "./subject.ts";

/** HAProxy with infra/haproxy as a private process (a master and its worker); its folder goes with it. */
export async function startHaproxy(
  nodes: readonly NamedNode[],
  { strategy, haproxy = {} }: SubjectOptions & { readonly strategy: Strategy },
): Promise<Subject> {
  const file = await program("haproxy");
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await privateFolder("haproxy"));
  const [port, adminPort] = [await freePort(), await freePort()];
  const { here, elsewhere } = await divided("haproxy/haproxy.cfg", haproxy);
  const config = await folder.render("haproxy/haproxy.cfg", "haproxy.cfg", {
    "bind :8000": `bind 127.0.0.1:${port}`,
    "bind :8001": `bind 127.0.0.1:${adminPort}`,
    "/tmp/haproxy.sock": `${folder.path}/haproxy.sock`,
    ...here,
  });
  const weighted = strategy === "weighted-round-robin";
  const template = `  server-template node 1-20 node:8101${weighted ? " weight 1" : ""} check port 8201 resolvers system init-addr none`;
  // Numbered by name: in production a node keeps its slot, and source hash goes by the slot's number.
  const servers = nodes.map(
    ({ id, port: at, weight, opsPort }) =>
      `  server ${id} 127.0.0.1:${at} id ${id.charCodeAt(0)} weight ${weight} check${opsPort === undefined ? "" : ` port ${opsPort}`}`,
  );
  const backend = await folder.render(`haproxy/strategies/${strategy}.cfg`, "strategy.cfg", {
    [template]: servers.join("\n"),
    ...elsewhere,
  });
  const balancer = starting.use(new BalancerProcess(file, ["-W", "-db", "-f", config, "-f", backend]));
  await balancer.ready("HAProxy did not start", () => accepts(port));
  const stack = starting.move();
  return { port, adminPort, process: balancer, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
