export { type RunningBalancer, startBalancer } from "./balancer.ts";
export { type BalancerConfig, readBalancerConfig } from "./config/config.ts";
