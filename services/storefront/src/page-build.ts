import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

const pageRoot = join(import.meta.dirname, "../page");

/** Where the built page lies. */
export const builtPage: string = join(import.meta.dirname, "../dist");

/** Bundles the page with hashed names and answers the folder. Rejects when its sources do not compile. */
export async function buildPage(): Promise<string> {
  // Only a build needs the bundler in memory; a server of a built page does not.
  const { build } = await import("vite");
  await build({
    root: pageRoot,
    configFile: false,
    logLevel: "warn",
    build: { outDir: builtPage, emptyOutDir: true, target: "es2022", modulePreload: false, assetsInlineLimit: 0 },
  });
  return builtPage;
}

/** Builds the page if it is missing or older than its sources; answers the folder. */
export async function ensurePage(): Promise<string> {
  const built = await stat(join(builtPage, "index.html")).catch(() => undefined);
  if (built !== undefined && built.mtimeMs >= (await newestSource())) return builtPage;
  return buildPage();
}

/** When the newest of the page's sources was written, ms since 1970. */
async function newestSource(): Promise<number> {
  const entries = await readdir(pageRoot, { recursive: true, withFileTypes: true });
  const times = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs);
  return Math.max(0, ...(await Promise.all(times)));
}
