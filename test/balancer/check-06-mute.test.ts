import { describe } from "vitest";
import { mustBeOpen, open } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { startSubject } from "./subjects/start.ts";
import { onAllThree } from "./three.ts";

/** A handshake limit of 1 s in all three; production waits 3 s. */
const LIMIT_MS = 1_000;
const handshakeLimit = {
  env: { BELLWIRE_BALANCER_HANDSHAKE_MS: String(LIMIT_MS) },
  haproxy: { "timeout server 3s": "timeout server 1s" },
};

describe("check 6: a node accepts TCP and never answers the upgrade", () => {
  onAllThree(
    "clients get a 101 from another node after the handshake limit",
    { nginx: "the wait is proxy_read_timeout, which also ends quiet tunnels" },
    async (name, expect) => {
      await using nodes = await startNodes(2);
      await using subject = await startSubject(name, nodes.all, {
        ...handshakeLimit,
        strategy: "round-robin",
        nginx: { "proxy_read_timeout 75s": "proxy_read_timeout 1s" },
      });
      nodes.get("a").behave({ kind: "mute" });
      const opened = (await Promise.all([1, 2, 3, 4].map(() => open(subject.port)))).map(mustBeOpen);
      expect(opened.map(({ node }) => node)).toEqual(["b", "b", "b", "b"]);
      const waited = opened.filter(({ ms }) => ms > LIMIT_MS * 0.7);
      expect(waited.length).toBeGreaterThan(0);
      expect(Math.max(...waited.map(({ ms }) => ms))).toBeLessThan(LIMIT_MS + 1_500);
      await expect
        .poll(async () => (await nodes.get("a").report()).sockets, { timeout: 10_000 })
        .toBeLessThanOrEqual(1); // a health check under way

      if (name === "nginx")
        await expect
          .poll(() => opened.filter(({ socket }) => socket.readyState === socket.CLOSED).length, { timeout: 10_000 })
          .toBe(4);
      else expect(opened.every(({ socket }) => socket.readyState === socket.OPEN)).toBe(true);
      for (const { socket } of opened) socket.terminate();
    },
  );

  onAllThree(
    "504 when there is no other node",
    { nginx: "the client still waits, for that limit is the one of quiet tunnels" },
    async (name, expect) => {
      await using nodes = await startNodes(1);
      await using subject = await startSubject(name, nodes.all, handshakeLimit);
      nodes.get("a").behave({ kind: "mute" });
      const outcome = await open(subject.port, { timeoutMs: name === "nginx" ? 5_000 : 15_000 });
      if (name === "nginx") expect(outcome.kind).toBe("failed");
      else expect(outcome).toMatchObject({ kind: "refused", status: 504 });
    },
  );
});
