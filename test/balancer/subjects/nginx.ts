import { readFile, writeFile } from "node:fs/promises";
import { freePort } from "../../network/free-port.ts";
import { accepts, BalancerProcess } from "./process.ts";
import { program } from "./program.ts";
import { divided, privateFolder } from "./rendered.ts";
import type { NamedNode, Strategy, Subject, SubjectOptions } from "./subject.ts";

/** The lines of a strategy's file that name nodes; what follows the address is each node's parameters. */
const SERVER = /^server \S+:8101( weight=1)?( .*)?;$/;

/** nginx with infra/nginx as a private process; its folder goes with it. */
export async function startNginx(
  nodes: readonly NamedNode[],
  { strategy, nginx = {} }: SubjectOptions & { readonly strategy: Strategy },
): Promise<Subject> {
  const file = await program("nginx");
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await privateFolder("nginx"));
  const port = await freePort();
  const strategyFile = `nginx/strategies/${strategy}.conf`;
  const { here, elsewhere } = await divided("nginx/nginx.conf", nginx);
  const config = await folder.render("nginx/nginx.conf", "nginx.conf", {
    "listen 8000": `listen 127.0.0.1:${port}`,
    ...here,
  });
  await folder.render(strategyFile, "strategy.conf", elsewhere);
  await nameNodes(`${folder.path}/strategy.conf`, nodes);
  const balancer = starting.use(new BalancerProcess(file, ["-p", `${folder.path}/`, "-c", config]));
  await balancer.ready("nginx did not start", () => accepts(port));
  const stack = starting.move();
  return { port, adminPort: 0, process: balancer, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function nameNodes(file: string, nodes: readonly NamedNode[]): Promise<void> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const template = lines.map((line) => SERVER.exec(line)).find((match) => match !== null);
  if (!template) throw new Error(`${file} names no node`);
  const [, weighted, parameters = ""] = template;
  const servers = nodes.map(
    ({ port, weight }) =>
      `server 127.0.0.1:${port}${weighted || weight !== 1 ? ` weight=${weight}` : ""}${parameters};`,
  );
  await writeFile(file, [...lines.filter((line) => !SERVER.test(line)), ...servers, ""].join("\n"));
}
