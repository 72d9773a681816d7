import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const EXAMPLES = join(import.meta.dirname, "publish");
/** Says only what the file beside it says already. */
const NOT_SHOWN = ["go.sum"];

const guide = readFileSync(join(import.meta.dirname, "../../docs/publishing.md"), "utf8");
const files = readdirSync(EXAMPLES, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !NOT_SHOWN.includes(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
const blocks = [...guide.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, text]) => text);

describe("docs/publishing.md", () => {
  it.each(files.map((file) => [file.slice(EXAMPLES.length + 1), file]))("shows %s as it is", (_, file) => {
    expect(blocks).toContain(readFileSync(file, "utf8"));
  });

  it("has programs to show", () => {
    expect(files.length).toBeGreaterThan(0);
  });
});
