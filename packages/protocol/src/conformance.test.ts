import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { closes, errors, unsubscribes } from "./index.ts";
import { requests } from "./requests.ts";

const ROOT = join(import.meta.dirname, "../../..");
const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
const chapter = readme.slice(readme.indexOf("## Conformance"));
const section = (title: string) => chapter.split(/^### /m).find((text) => text.startsWith(title)) ?? "";
/** Each line of the chapter's tables, but for their heads: what it is about, what is here of it, and its test. */
const lines = [...chapter.matchAll(/^\| (?!\w+ \| here|---)(.+?) \| (.+?) \| `(.+?)`: (.+?) \|$/gm)].map(
  ([, feature = "", here = "", file = "", title = ""]) => ({ feature, here, file, title }),
);
const first = (text: string) => [...text.matchAll(/^\| `?([\w–]+)`?/gm)].map(([, name]) => name);

describe("the conformance of the protocol's README", () => {
  it("has lines, and no table line without a test", () => {
    expect(lines.length).toBeGreaterThan(90);
    const all = chapter.match(/^\| .+ \|$/gm)?.filter((line) => !/^\| (---|\w+( code)? \| here)/.test(line)) ?? [];
    expect(all.filter((line) => !lines.some(({ feature }) => line.startsWith(`| ${feature} |`)))).toEqual([]);
  });

  it.each(lines.map((line) => [line.feature, line] as const))(
    "%s is shown by a test that exists",
    (_feature, { file, title }) => {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      expect(readFileSync(join(ROOT, file), "utf8")).toContain(title);
    },
  );

  it.each([
    ["Commands", [...Object.keys(requests), "send"]],
    ["Pushes", ["pub", "join", "leave", "subscribe", "unsubscribe", "message", "disconnect", "connect", "refresh"]],
    ["Errors", Object.values(errors).map(({ code }) => String(code))],
    ["Closes", Object.values(closes).map(({ code }) => String(code))],
    ["Unsubscribe codes", Object.values(unsubscribes).map(({ code }) => String(code))],
  ])("%s are all there", (title, names) => {
    expect(first(section(title))).toEqual(expect.arrayContaining(names));
  });

  it("says of every code what the tables of the code say", () => {
    for (const { code, message } of Object.values(errors))
      expect(readme).toMatch(new RegExp(`^\\| ${code} \\| ${message}`, "m"));
    for (const { code, reason } of Object.values({ ...closes, ...unsubscribes }))
      expect(readme).toMatch(new RegExp(`^\\| ${code} \\| ${reason} \\|`, "m"));
  });
});
