import { describe, expect, it } from "vitest";
import { MAX_TRIES, MAX_WAITING, Proof, type ProofAnswer } from "./proof.ts";

function arrange(answerTo: (said: string, times: number) => ProofAnswer) {
  const said: string[] = [];
  const timers: (() => void)[] = [];
  const proof = new Proof({
    say: async (orderId, version) => {
      said.push(`${orderId} ${version}`);
      return answerTo(`${orderId} ${version}`, said.length);
    },
    after: (_ms, task) => {
      timers.push(task);
      return () => timers.splice(timers.indexOf(task), 1);
    },
    onChange: () => undefined,
  });
  return { proof, said, timers };
}

describe("proof of display", () => {
  it("is said while the page is connected, one version after another", async () => {
    const { proof, said } = arrange(() => "kept");
    proof.shown("o1", 1);
    proof.shown("o2", 1);
    expect(said).toEqual([]);
    proof.connected(true);
    await expect.poll(() => proof.kept).toBe(2);
    expect(said).toEqual(["o1 1", "o2 1"]);
  });

  it("that fails is said again a little later, a few times", async () => {
    const { proof, said, timers } = arrange((one) => (one === "o1 1" ? "failed" : "kept"));
    proof.connected(true);
    proof.shown("o1", 1);
    for (let times = 1; times < MAX_TRIES; times += 1) {
      await expect.poll(() => timers.length).toBe(1);
      timers.pop()?.();
    }
    await expect.poll(() => proof.dropped).toBe(1);
    expect(said).toHaveLength(MAX_TRIES);
    expect(timers).toEqual([]);
    proof.shown("o1", 2);
    await expect.poll(() => proof.kept).toBe(1);
  });

  it("is not said any more where the cluster takes none", async () => {
    const { proof, said } = arrange(() => "off");
    proof.shown("o1", 1);
    proof.shown("o2", 1);
    proof.connected(true);
    await expect.poll(() => proof.off).toBe(true);
    proof.shown("o3", 1);
    proof.connected(true);
    expect(said).toEqual(["o1 1"]);
  });

  it("is bounded in what waits: the oldest are not said", async () => {
    const { proof, said } = arrange(() => "kept");
    for (let version = 1; version <= MAX_WAITING + 2; version += 1) proof.shown("o1", version);
    proof.connected(true);
    await expect.poll(() => proof.kept).toBe(MAX_WAITING);
    expect(said[0]).toBe("o1 3");
    expect(proof.dropped).toBe(2);
  });

  it("ends with its page", async () => {
    const { proof, said, timers } = arrange(() => "failed");
    proof.connected(true);
    proof.shown("o1", 1);
    await expect.poll(() => timers.length).toBe(1);
    proof.close();
    expect(timers).toEqual([]);
    proof.shown("o1", 2);
    expect(said).toEqual(["o1 1"]);
  });
});
