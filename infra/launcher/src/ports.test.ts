import { expect, it } from "vitest";
import { type Options, readOptions } from "./options.ts";
import { claims, takenPorts } from "./ports.ts";

const optionsOf = (...args: string[]): Options => {
  const read = readOptions(args);
  if (!("ports" in read)) throw new Error(`not options: ${args.join(" ")}`);
  return read;
};
const free = async () => true;

it("has nothing to say when all ports are free", async () => {
  expect(await takenPorts(claims(optionsOf()), free)).toEqual([]);
});

it("names the option that moves a taken port", async () => {
  const taken = async (port: number) => port !== 8010 && port !== 8102;
  expect(await takenPorts(claims(optionsOf()), taken)).toEqual([
    "port 8010 on 127.0.0.1 is taken or not allowed: choose another with --producer-port",
    "port 8102 on 127.0.0.1 is taken or not allowed: choose another with --node-port",
  ]);
});

it("sees two options that want the same port", async () => {
  const problems = await takenPorts(claims(optionsOf("--nodes", "2", "--node-port", "8200")), free);
  expect(problems).toEqual(["--node-ops-port and --node-port both want port 8201"]);
});

it("sees nodes that reach beyond the last port", async () => {
  const problems = await takenPorts(claims(optionsOf("--nodes", "2", "--node-port", "65535")), free);
  expect(problems).toEqual(["--node-port reaches beyond port 65535"]);
});
