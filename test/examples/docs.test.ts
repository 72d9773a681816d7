import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** Says only what the file beside it says already. */
const NOT_SHOWN = ["go.sum"];

describe.each([
  ["publish", "publishing"],
  ["subscribe", "subscribing"],
  ["backend", "backend"],
])("the programs under %s", (what, page) => {
  const folder = join(import.meta.dirname, what);
  const guide = readFileSync(join(import.meta.dirname, `../../docs/${page}.md`), "utf8");
  const blocks = [...guide.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, text]) => text);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !NOT_SHOWN.includes(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

  it.each(files.map((file) => [file.slice(folder.length + 1), file]))("%s stands in the guide as it is", (_, file) => {
    expect(blocks).toContain(readFileSync(file, "utf8"));
  });

  it("are there", () => {
    expect(files.length).toBeGreaterThan(0);
  });
});
