import { describe, it } from "vitest";
import { mustBeOpen, open } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { nodesOf } from "./subjects/ours.ts";
import { startSubject } from "./subjects/start.ts";

const HANDSHAKE_MS = 500;

describe("check 6: a node that never answers, and is healthy by its own word", () => {
  it("is put out after some failed handshakes in a row, and nobody waits for it any more: ours", async ({ expect }) => {
    await using nodes = await startNodes(2);
    await using subject = await startSubject("ours", nodes.all, {
      strategy: "round-robin",
      env: {
        BELLWIRE_BALANCER_HANDSHAKE_MS: String(HANDSHAKE_MS),
        BELLWIRE_BALANCER_EJECT_AFTER: "2",
        BELLWIRE_BALANCER_EJECT_MS: "60000",
      },
    });
    nodes.get("a").behave({ kind: "mute" });
    const openOne = async () => {
      const { node, ms, socket } = mustBeOpen(await open(subject.port));
      socket.terminate();
      expect(node).toBe("b");
      return ms;
    };
    let slow = 0;
    for (let opens = 0; opens < 6; opens++) if ((await openOne()) > HANDSHAKE_MS * 0.7) slow++;
    expect(slow).toBe(2);
    expect((await nodesOf(subject))[0]?.state).toBe("ejected");
    const { seen } = await nodes.get("a").report();
    expect(seen).toHaveLength(2);
  });
});
