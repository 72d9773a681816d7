export { type NodeConfig, readNodeConfig } from "./config.ts";
export { type NodeParts, type RunningNode, startNode } from "./node.ts";
