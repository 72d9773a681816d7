import { readFileSync, writeFileSync } from "node:fs";
import { asyncApiText } from "./document.ts";

const manifest: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
writeFileSync(new URL("../../asyncapi.json", import.meta.url), asyncApiText(manifest.version));
