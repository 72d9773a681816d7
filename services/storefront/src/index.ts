export { askBalancer, negotiatedSocket } from "../page/src/negotiated-socket.ts";
export { readStorefrontConfig, type StorefrontConfig } from "./config.ts";
export { buildPage, ensurePage } from "./page-build.ts";
export { startStorefront } from "./storefront.ts";
