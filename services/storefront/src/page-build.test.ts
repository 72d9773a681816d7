import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ensurePage } from "./index.ts";

/** An empty folder that goes with its scope. */
async function folder() {
  const path = await mkdtemp(join(tmpdir(), "bellwire-page-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

it("is built whole by several at once, leaves nothing behind, and is not built again", {
  timeout: 60_000,
}, async () => {
  await using around = await folder();
  const built = join(around.path, "dist");
  let building = true;
  const builds = Promise.all(Array.from({ length: 3 }, () => ensurePage(built))).finally(() => {
    building = false;
  });
  const seen = new Set<string>();
  while (building) {
    const there = await readdir(built).catch(() => undefined);
    if (there !== undefined) seen.add(there.toSorted().join(" "));
  }
  await builds;
  expect([...seen]).toEqual(["assets favicon.svg index.html"]);
  expect(await readdir(around.path)).toEqual(["dist"]);
  const html = await readFile(join(built, "index.html"), "utf8");
  const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, file]) => file ?? "");
  expect(named.length).toBeGreaterThan(1);
  for (const file of named) expect((await stat(join(built, file))).size).toBeGreaterThan(0);
  const { ino } = await stat(built);
  await ensurePage(built);
  expect((await stat(built)).ino).toBe(ino);
});
