import { expect, it } from "vitest";
import { readOptions } from "./options.ts";

const problemOf = (...args: string[]) => {
  const read = readOptions(args);
  return "problem" in read ? read.problem : undefined;
};

it("has a sensible default for everything", () => {
  expect(readOptions([])).toEqual({
    backend: "auto",
    nodes: 3,
    strategy: undefined,
    simulate: 1,
    host: "127.0.0.1",
    logLevel: "info",
    config: undefined,
    ports: { balancer: 8000, admin: 8001, producer: 8010, storefront: 8020, node: 8101, nodeOps: 8201 },
  });
});

it("takes every option", () => {
  expect(readOptions(["--backend=memory", "--nodes", "20", "--simulate", "0", "--port", "9000"])).toMatchObject({
    backend: "memory",
    nodes: 20,
    simulate: 0,
    ports: { balancer: 9000 },
  });
  expect(readOptions(["--help"])).toEqual({ help: true });
});

it.each([
  [["--nodes", "0"], "--nodes is a whole number from 1 to 20"],
  [["--nodes", "21"], "--nodes is a whole number from 1 to 20"],
  [["--nodes", "two"], 'not "two"'],
  [["--port", "65536"], "--port is a whole number from 1 to 65535"],
  [["--node-ops-port", "0"], "--node-ops-port"],
  [["--simulate", "fast"], "--simulate is a number from 0 to 1000"],
  [["--simulate", "1001"], "--simulate is a number from 0 to 1000"],
  [["--backend", "cloud"], "--backend is one of auto, memory, native, docker, external"],
  [["--log-level", "loud"], "--log-level is one of"],
  [["--bogus"], "--bogus"],
  [["--port"], "--port"],
  [["stray"], "stray"],
])("refuses %j by naming the option", (args, sentence) => {
  expect(problemOf(...args)).toContain(sentence);
});
