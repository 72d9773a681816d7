import { z } from "zod";
import { parseAddress } from "../pool/address.ts";
import { MAX_WEIGHT, type StaticNode } from "../pool/node-list.ts";
import { type StrategyName, strategies } from "../strategies/table.ts";

/** What is to become of a node. `startedAt` names the life of the node that is meant; a node that starts anew is free of it. */
export type Course =
  | { readonly to: "hold" }
  | { readonly to: "drain"; readonly overMs: number; readonly startedAt?: number | undefined }
  | { readonly to: "remove"; readonly force: boolean; readonly startedAt?: number | undefined };

/** What an operator has ordered until he says otherwise; there is one order at most of each kind for each node. */
export type StandingOrder =
  | { readonly kind: "strategy"; readonly strategy: StrategyName }
  | { readonly kind: "added"; readonly node: string; readonly added: StaticNode }
  | { readonly kind: "weight"; readonly node: string; readonly weight: number }
  | { readonly kind: "course"; readonly node: string; readonly course: Course };

/** What an order is about; `node` is empty where it is about all. */
export interface OrderName {
  readonly kind: string;
  readonly node: string;
}

/** The name under which an order stands. */
export const nameOf = ({ kind, node }: { readonly kind: StandingOrder["kind"]; readonly node?: string }): string =>
  node === undefined ? kind : `${kind} ${node}`;

export function parseName(name: string): OrderName {
  const space = name.indexOf(" ");
  return space < 0 ? { kind: name, node: "" } : { kind: name.slice(0, space), node: name.slice(space + 1) };
}

const Weight = z.coerce.number().int().min(1).max(MAX_WEIGHT);
const Strategy = z.enum(Object.keys(strategies) as [StrategyName, ...StrategyName[]]);
const startedAt = z.number().optional();
const CourseText = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: "custom", message: "not JSON" });
      return z.NEVER;
    }
  })
  .pipe(
    z.discriminatedUnion("to", [
      z.object({ to: z.literal("hold") }),
      z.object({ to: z.literal("drain"), overMs: z.number().int().nonnegative(), startedAt }),
      z.object({ to: z.literal("remove"), force: z.boolean(), startedAt }),
    ]),
  );

/** An order as text for the rulebook. */
export function writeOrder(order: StandingOrder): readonly [name: string, text: string] {
  switch (order.kind) {
    case "strategy":
      return [nameOf(order), order.strategy];
    case "added":
      return [nameOf(order), String(order.added.weight)];
    case "weight":
      return [nameOf(order), String(order.weight)];
    case "course":
      return [nameOf(order), JSON.stringify(order.course)];
  }
}

/** Reads it back; undefined for what another version of this code has written. */
export function readOrder(name: string, text: string): StandingOrder | undefined {
  const { kind, node } = parseName(name);
  switch (kind) {
    case "strategy": {
      const { data: strategy } = Strategy.safeParse(text);
      return strategy && { kind, strategy };
    }
    case "added": {
      const address = parseAddress(node);
      const { data: weight } = Weight.safeParse(text);
      return address && weight ? { kind, node, added: { address, weight } } : undefined;
    }
    case "weight": {
      const { data: weight } = Weight.safeParse(text);
      return weight ? { kind, node, weight } : undefined;
    }
    case "course": {
      const { data: course } = CourseText.safeParse(text);
      return course && { kind, node, course };
    }
    default:
      return undefined;
  }
}
