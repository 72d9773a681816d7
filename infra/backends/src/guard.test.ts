import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const guardModule = new URL("guard.ts", import.meta.url).href;
const bounds = { timeout: 10_000 };

/** A parent that guards a folder and a sleeping child, drops what `drops` says, tells the child's pid and waits. */
async function startParent(folder: string, drops: string) {
  const script = `
    import { spawn } from "node:child_process";
    const { guard } = await import(${JSON.stringify(guardModule)});
    const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    const forget = { group: guard({ kind: "group", id: child.pid }), folder: guard({ kind: "folder", path: ${JSON.stringify(folder)} }) };
    ${drops}
    console.log(child.pid);
    setInterval(() => undefined, 1000);
  `;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const told = await new Promise<Buffer>((resolve) => parent.stdout.once("data", resolve));
  return { parent, sleeper: Number(told.toString()) };
}

const runs = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
};

it("ends the guarded processes and removes the guarded folder when the parent is killed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bellwire-guard-"));
  await writeFile(join(folder, "a file"), "");
  const { parent, sleeper } = await startParent(folder, "");
  expect(runs(sleeper)).toBe(true);
  parent.kill("SIGKILL");
  await expect.poll(() => runs(sleeper), bounds).toBe(false);
  await expect.poll(() => existsSync(folder), bounds).toBe(false);
});

it("leaves alone what was dropped", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bellwire-guard-"));
  const { parent, sleeper } = await startParent(folder, "forget.group();");
  parent.kill("SIGKILL");
  await expect.poll(() => existsSync(folder), bounds).toBe(false);
  expect(runs(sleeper)).toBe(true);
  process.kill(sleeper, "SIGKILL");
});
