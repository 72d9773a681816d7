import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { asyncApiText } from "./document.ts";

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

it("the committed AsyncAPI document is what the schemas say: npm run asyncapi in packages/events makes it so", () => {
  const expected = JSON.parse(asyncApiText(read("../../package.json").version));
  expect(read("../../asyncapi.json")).toEqual(expected);
});
