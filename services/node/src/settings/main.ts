import { writeFileSync } from "node:fs";
import { settingsSchemaText } from "./document.ts";

writeFileSync(new URL("../../config.schema.json", import.meta.url), settingsSchemaText());
