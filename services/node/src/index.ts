export { type NodeParts, type RunningNode, startNode } from "./node.ts";
export { type NodeConfig, readNodeConfig } from "./settings/config.ts";
