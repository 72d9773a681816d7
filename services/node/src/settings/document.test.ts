import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { settingsSchemaText } from "./document.ts";

it("the committed JSON Schema is what the configuration's schema says: npm run config-schema in services/node makes it so", () => {
  const committed = readFileSync(new URL("../../config.schema.json", import.meta.url), "utf8");
  expect(JSON.parse(committed)).toEqual(JSON.parse(settingsSchemaText()));
});
