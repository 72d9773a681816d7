import { describe, it } from "vitest";
import { mustBeOpen, open } from "./client.ts";
import { type NodeProcesses, startNodes } from "./node-process.ts";
import { exchange, upgradeText } from "./raw-client.ts";
import { proxyPortOf } from "./subjects/ours.ts";
import { startSubject } from "./subjects/start.ts";

const CLIENT = "203.0.113.9";
const PROXY = "127.0.0.5";
const STRANGER = "127.0.0.6";

/** Signature, version and command, TCP over IPv4, the length that is claimed, and two addresses with ports. */
const v2 = (command: number, length = 12) =>
  `\r\n\r\n\0\r\nQUIT\n${String.fromCharCode(command, 0x11, length >> 8, length & 0xff)}\xcb\0\x71\x09\x7f\0\0\x01\x04\0\x1f\x40`;
const V1 = `PROXY TCP4 ${CLIENT} 127.0.0.1 1024 8000\r\n`;

/** The client's address of the last upgrade, as the nodes were told. */
async function told(nodes: NodeProcesses): Promise<string | undefined> {
  const headers = (await nodes.get("a").report()).seen.at(-1)?.headers ?? [];
  const named = headers.flatMap((name, index) => (/^x-forwarded-for$/i.test(name) ? [headers[index + 1]] : []));
  return named.length === 1 ? named[0] : undefined;
}

describe("check 18: identity by the word of a proxy that is trusted", () => {
  it("X-Forwarded-For counts from the right, and only from the listed network: ours", async ({ expect }) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject("ours", nodes.all, {
      env: { BELLWIRE_BALANCER_TRUSTED_PROXIES: `${PROXY}/32`, BELLWIRE_BALANCER_XFF_HOPS: "2" },
    });
    const headers = { "X-Forwarded-For": `198.51.100.1, ${CLIENT}, 192.0.2.1` };
    for (const [localAddress, seen] of [
      [PROXY, CLIENT],
      [STRANGER, STRANGER],
    ] as const) {
      mustBeOpen(await open(subject.port, { headers, localAddress })).socket.terminate();
      expect(await told(nodes)).toBe(seen);
    }
  });

  it("the PROXY port wants a true header from the listed network, within 3 s: ours", async ({ expect }) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject("ours", nodes.all, {
      env: { BELLWIRE_BALANCER_PROXY_PORT: "0", BELLWIRE_BALANCER_PROXY_FROM: `${PROXY}/32` },
    });
    const port = proxyPortOf(subject);
    const from = { localAddress: PROXY, withinMs: 500 };
    for (const [header, seen] of [
      [V1, CLIENT],
      [v2(0x21), CLIENT],
      [v2(0x20), PROXY], // LOCAL: the proxy's own connection
    ] as const) {
      expect((await exchange(port, [header + upgradeText()], from)).statuses).toEqual([101]);
      expect(await told(nodes)).toBe(seen);
    }

    const before = (await nodes.lines()).length;
    const bad = [
      exchange(port, [upgradeText()], { localAddress: PROXY, withinMs: 8_000 }),
      exchange(port, [...V1, upgradeText()], { localAddress: PROXY, withinMs: 8_000, pauseMs: 100 }),
      exchange(port, [v2(0x21, 65_535) + upgradeText()], { localAddress: PROXY, withinMs: 8_000 }),
      exchange(port, [v2(0x21, 2) + upgradeText()], { localAddress: PROXY, withinMs: 8_000 }),
      exchange(port, [V1 + upgradeText()], { localAddress: STRANGER, withinMs: 8_000 }),
    ];
    for (const { end, received, ms } of await Promise.all(bad)) {
      expect(received).toBe("");
      expect(end).not.toBe("open");
      // A second more than the check's, for two shared cores.
      expect(ms).toBeLessThan(5_000);
    }
    expect(await nodes.lines()).toHaveLength(before);
    expect(subject.process.running).toBe(true);
  });
});
