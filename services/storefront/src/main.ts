import { run } from "@bellwire/runtime";
import { readStorefrontConfig } from "./config.ts";
import { ensurePage } from "./page-build.ts";
import { startStorefront } from "./storefront.ts";

await run(
  "storefront",
  async (log) => {
    const config = readStorefrontConfig(process.env);
    await ensurePage();
    return startStorefront(config, { log });
  },
  { level: process.env.BELLWIRE_LOG_LEVEL || "info", deadlineMs: 10_000 },
);
