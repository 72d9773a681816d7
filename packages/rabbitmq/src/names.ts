/** The names of everything on the broker; one prefix is one cluster. */
export interface AmqpNames {
  /** Topic exchange: shops publish here. */
  readonly events: string;
  /** Consistent-hash exchange in front of the partitions. */
  readonly ingest: string;
  /** Fanout exchange: every node. */
  readonly broadcast: string;
  /** Direct exchange: routing key = node id. */
  readonly direct: string;
  /** Fanout exchange and its queue: what could not be understood. */
  readonly dead: string;
  /** Topic exchange: what the shop is told of what its customers saw. */
  readonly seen: string;
  /** The quorum queue of one partition, counted from 0. */
  partition(index: number): string;
  /** A node's own queue; `suffix` is fresh for every subscription. */
  nodeQueue(node: string, suffix: string): string;
}

/** The topology's names under `prefix`. */
export function amqpNames(prefix = "bellwire"): AmqpNames {
  return {
    events: `${prefix}.events`,
    ingest: `${prefix}.ingest`,
    broadcast: `${prefix}.broadcast`,
    direct: `${prefix}.direct`,
    dead: `${prefix}.dead`,
    seen: `${prefix}.seen`,
    partition: (index) => `${prefix}.ingest.${index}`,
    nodeQueue: (node, suffix) => `${prefix}.node.${node}.${suffix}`,
  };
}
