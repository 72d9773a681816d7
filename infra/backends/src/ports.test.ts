import { createServer } from "node:net";
import { expect, it } from "vitest";
import { freePorts, isPortFree, PORT_RANGE } from "./ports.ts";

it("picks different ports of the range and passes over those that are taken", async () => {
  const draws = [0, 0, 0.5, 0.999_99];
  const taken = PORT_RANGE.first;
  const ports = await freePorts(
    2,
    () => draws.shift() ?? 0,
    async (port) => port !== taken,
  );
  expect(ports).toEqual([26_000, PORT_RANGE.last]);
});

it("gives up with an error when nothing is free", async () => {
  await expect(freePorts(1, Math.random, async () => false)).rejects.toThrow("no 1 free ports between 20000 and 31999");
});

it("sees that a port is taken, and that it is free again", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect(await isPortFree(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await isPortFree(port)).toBe(true);
});
