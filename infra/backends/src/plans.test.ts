import { expect, it } from "vitest";
import { serverVersion } from "./probe.ts";
import { rabbitEnv } from "./rabbit.ts";
import { redisArgs } from "./redis.ts";

const folder = "/private/folder";

it("keeps every file of a private RabbitMQ in its own folder", () => {
  const env = rabbitEnv({ amqp: 20_001, dist: 20_002, epmd: 20_003 }, folder, "/usr/bin");
  const paths = Object.entries(env).filter(([name, value]) => value.startsWith("/") && name !== "PATH");
  expect(paths.length).toBeGreaterThan(8);
  for (const [name, value] of paths) expect(value, name).toMatch(/^\/private\/folder/);
});

it("gives a private RabbitMQ ports and a node name of its own", () => {
  expect(rabbitEnv({ amqp: 20_001, dist: 20_002, epmd: 20_003 }, folder, "/usr/bin")).toMatchObject({
    RABBITMQ_NODE_PORT: "20001",
    RABBITMQ_DIST_PORT: "20002",
    ERL_EPMD_PORT: "20003",
    RABBITMQ_NODENAME: "bellwire-20001@localhost",
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
  });
});

it("has a private Redis write nothing unless asked to keep its data", () => {
  const option = (args: readonly string[], name: string) => args[args.indexOf(name) + 1];
  expect(option(redisArgs(20_001, folder, false), "--appendonly")).toBe("no");
  expect(option(redisArgs(20_001, folder, true), "--appendonly")).toBe("yes");
  expect(option(redisArgs(20_001, folder, true), "--save")).toBe("");
  expect(option(redisArgs(20_001, folder, true), "--bind")).toBe("127.0.0.1");
});

it("reads the server's version out of its greeting", () => {
  const frame = Buffer.from(
    "\x01\0\0\0\0\0\x20\0\x0a\0\x0a\0\x09\0\0\0\x12\x07versionS\0\0\0\x063.10.8\x08platformS",
    "latin1",
  );
  expect(serverVersion(frame)).toBe("3.10.8");
  expect(serverVersion(Buffer.from("nothing of the kind"))).toBeUndefined();
});
