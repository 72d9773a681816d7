export { readStorefrontConfig, type StorefrontConfig } from "./config.ts";
export { buildPage, ensurePage } from "./page-build.ts";
export { startStorefront } from "./storefront.ts";
