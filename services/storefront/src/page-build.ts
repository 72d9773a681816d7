import { mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

const pageRoot = join(import.meta.dirname, "../page");

/** Where the built page lies. */
export const builtPage: string = join(import.meta.dirname, "../dist");

/** Others that build at the same moment may be in the way so many times; then it is something else. */
const MAX_PLACINGS = 10;

/** Bundles the page with hashed names into `folder`, which is there whole or not at all. Rejects when its sources do not compile. */
export async function buildPage(folder = builtPage): Promise<string> {
  await build(folder, () => Promise.resolve(true));
  return folder;
}

/** Builds the page if it is missing or older than its sources; answers the folder. Others may do so at the same time. */
export async function ensurePage(folder = builtPage): Promise<string> {
  if (!(await isFresh(folder))) await build(folder, async () => !(await isFresh(folder)));
  return folder;
}

/** Builds beside `folder` and takes its place, if that is still wanted once the build is there. */
async function build(folder: string, isWanted: () => Promise<boolean>): Promise<void> {
  const site = await mkdtemp(join(dirname(folder), ".page-"));
  const outDir = join(site, "dist");
  try {
    // Only a build needs the bundler in memory; a server of a built page does not.
    const vite = await import("vite");
    await vite.build({
      root: pageRoot,
      configFile: false,
      logLevel: "warn",
      build: { outDir, emptyOutDir: true, target: "es2022", modulePreload: false, assetsInlineLimit: 0 },
    });
    if (await isWanted()) await place(outDir, folder);
  } finally {
    await rm(site, { recursive: true, force: true });
  }
}

/** Renames `from` to `to`; what is there goes to where `from` was, a folder that is removed. */
async function place(from: string, to: string): Promise<void> {
  for (let placing = 1; ; placing += 1) {
    await rename(to, `${from}-before-${placing}`).catch(unless("ENOENT"));
    const placed = await rename(from, to).then(() => true, unless("ENOTEMPTY", "EEXIST", "EPERM"));
    if (placed) return;
    if (placing === MAX_PLACINGS) throw new Error(`the page could not be put at ${to}: something else is always there`);
  }
}

/** Lets through what one of these codes says, and throws everything else. */
const unless =
  (...codes: readonly string[]) =>
  (error: NodeJS.ErrnoException): false => {
    if (error.code === undefined || !codes.includes(error.code)) throw error;
    return false;
  };

async function isFresh(folder: string): Promise<boolean> {
  const built = await stat(join(folder, "index.html")).catch(unless("ENOENT"));
  return built !== false && built.mtimeMs >= (await newestSource());
}

/** When the newest of the page's sources was written, ms since 1970. */
async function newestSource(): Promise<number> {
  const entries = await readdir(pageRoot, { recursive: true, withFileTypes: true });
  const times = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs);
  return Math.max(0, ...(await Promise.all(times)));
}
