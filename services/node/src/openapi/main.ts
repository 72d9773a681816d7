import { writeFileSync } from "node:fs";
import { openApi } from "../api/openapi.ts";
import { VERSION } from "../node.ts";

writeFileSync(new URL("../../openapi.json", import.meta.url), `${JSON.stringify(openApi(VERSION), undefined, 2)}\n`);
