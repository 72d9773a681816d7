/** What a node carries, and its part of all. */
export interface Loaded {
  readonly id: string;
  readonly weight: number;
  readonly load: number;
}

export interface Excess {
  readonly id: string;
  readonly count: number;
}

const targetsOf = (nodes: readonly Loaded[]): readonly { readonly node: Loaded; readonly target: number }[] => {
  const total = nodes.reduce((sum, { load }) => sum + load, 0);
  const weights = nodes.reduce((sum, { weight }) => sum + weight, 0);
  return nodes.map((node) => ({ node, target: (total * node.weight) / weights }));
};

/** How far the worst node is from its target, as a share of the target; a difference of one client counts as none. */
export function spreadOf(nodes: readonly Loaded[]): number {
  const off = targetsOf(nodes).map(({ node, target }) => {
    const difference = Math.abs(node.load - target);
    return difference <= 1 ? 0 : difference / target;
  });
  return Math.max(0, ...off);
}

/** Who has too many clients, and how many: nobody while every node is within `tolerance` of its target. */
export function excessOf(nodes: readonly Loaded[], tolerance: number): readonly Excess[] {
  if (spreadOf(nodes) <= tolerance) return [];
  return targetsOf(nodes)
    .map(({ node, target }) => ({ id: node.id, count: Math.floor(node.load - target) }))
    .filter(({ count }) => count > 0);
}

/** The part of the excess that `budget` clients allow, each node by its part; what a node gets is at least one while the budget lasts. */
export function sliceOf(excess: readonly Excess[], budget: number): readonly Excess[] {
  const total = excess.reduce((sum, { count }) => sum + count, 0);
  if (total <= budget) return excess;
  let left = Math.floor(budget);
  const slice: Excess[] = [];
  for (const { id, count } of [...excess].sort((one, other) => other.count - one.count)) {
    const part = Math.min(left, Math.max(1, Math.floor((count * budget) / total)));
    if (part > 0) slice.push({ id, count: part });
    left -= part;
  }
  return slice;
}
