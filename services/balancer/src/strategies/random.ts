import { draw } from "./draw.ts";
import { compareLoad, type Strategy } from "./strategy.ts";

/** By chance, each node as likely as its share. */
export const byChance: Strategy = ({ nodes, credits, random }) => {
  const node = draw(nodes, random);
  return node && { node, credits };
};

/** Two different nodes by chance, then the less loaded: needs no exact counts, so several balancers do not herd. */
export const powerOfTwoChoices: Strategy = ({ nodes, credits, random }) => {
  const first = draw(nodes, random);
  if (first === undefined) return undefined;
  const others = nodes.filter((node) => node !== first);
  const second = draw(others, random);
  return { node: second !== undefined && compareLoad(second, first) < 0 ? second : first, credits };
};
