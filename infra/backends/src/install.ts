import { execFile } from "node:child_process";
import { access, readFile, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { findNative, missing } from "./native.ts";

const runFile = promisify(execFile);

const INSTALL_MS = 300_000;
/** Asked by Debian's package scripts before they start a service; 101 forbids it. */
const POLICY = "/usr/sbin/policy-rc.d";

/** True where `installPackages` has a chance: Debian or a child of it, as root. */
export async function mayInstall(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
}

/** Installs the servers that are missing. Rejects with the command that would help where it may not or cannot. */
export async function installNative(path?: string): Promise<void> {
  const found = await findNative(path);
  const wanted = [...(found.redis ? [] : ["redis-server"]), ...(found.rabbit ? [] : ["rabbitmq-server"])];
  if (wanted.length === 0) return;
  if (!(await mayInstall())) throw missing(...wanted);
  await installPackages(wanted);
}

/** apt-get install, as root, without recommended packages and without a service being started. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  const options = {
    timeout: INSTALL_MS,
    killSignal: "SIGTERM",
    maxBuffer: 16 * 1024 * 1024,
  } as const;
  const quiet = ["DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"];
  const ownPolicy = !(await exists(POLICY));
  try {
    if (ownPolicy) await writeFile(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
    await runFile("env", [...quiet, "update"], options);
    await runFile("env", [...quiet, "install", "-y", "--no-install-recommends", ...packages], options);
  } catch (error) {
    throw new Error(`apt-get install ${packages.join(" ")} failed`, { cause: error });
  } finally {
    if (ownPolicy) await rm(POLICY, { force: true });
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
