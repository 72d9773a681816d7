import { firstExecutable, installPackages, mayInstall, USUAL_FOLDERS } from "@bellwire/backends";

const found = new Map<string, Promise<string>>();

/** Where that program is. It is installed where this user may; otherwise rejects with the command that would help. */
export function program(name: "nginx" | "haproxy"): Promise<string> {
  const known = found.get(name) ?? locate(name);
  found.set(name, known);
  return known;
}

async function locate(name: string): Promise<string> {
  const there = await firstExecutable(USUAL_FOLDERS, name);
  if (there !== undefined) return there;
  if (await mayInstall()) await installPackages([name]);
  const installed = await firstExecutable(USUAL_FOLDERS, name);
  if (installed !== undefined) return installed;
  throw new Error(
    `${name} not found on this machine; on Debian or Ubuntu: apt-get install --no-install-recommends ${name}`,
  );
}
