import type { SubscribeRequest, SubscribeResult, SubscriptionOverride } from "@bellwire/protocol";
import type { CatchUp, RecoveryRequest } from "../channel/catch-up.ts";
import type { Namespace } from "../namespace.ts";

/** What one subscription is, of what its client asked for and its namespace gives. */
export interface Terms {
  readonly recoverable: boolean;
  readonly positioned: boolean;
  /** Publications may be differences to the one before. */
  readonly delta: boolean;
  /** From where the client wants to go on; undefined where it does not, or may not. */
  readonly recovery: RecoveryRequest | undefined;
  /** The client would rather not be subscribed than not recovered. */
  readonly mustRecover: boolean;
}

/** Bit 2 of a subscribe's flag. */
const REJECT_UNRECOVERED = 2;

export type Wishes = Pick<
  SubscribeRequest,
  "recover" | "epoch" | "offset" | "recoverable" | "positioned" | "delta" | "flag"
>;

/** `override` is what a token or the shop's backend changes of the rules for this subscription. */
export function termsOf(rules: Namespace, wishes: Wishes, override: SubscriptionOverride = {}): Terms {
  const { forceRecovery, forcePositioning } = { ...rules, ...override };
  const hasHistory = rules.history.size > 0;
  const recoverable = hasHistory && (forceRecovery || rules.cache || wishes.recoverable === true);
  return {
    recoverable,
    positioned: recoverable || (hasHistory && (forcePositioning || wishes.positioned === true)),
    delta: rules.delta && wishes.delta === "fossil",
    recovery:
      recoverable && wishes.recover === true ? { epoch: wishes.epoch ?? "", offset: wishes.offset ?? 0 } : undefined,
    mustRecover: ((wishes.flag ?? 0) & REJECT_UNRECOVERED) !== 0,
  };
}

/** Whether the client must be told error 112 instead. */
export const isUnrecovered = ({ recovery, mustRecover }: Terms, caughtUp: CatchUp): boolean =>
  recovery !== undefined && mustRecover && !caughtUp.recovered;

/** What the subscribe reply says of where the client stands. */
export function placeOf({ recoverable, positioned, delta, recovery }: Terms, caughtUp: CatchUp): SubscribeResult {
  const form = delta ? ({ delta } as const) : {};
  if (!positioned) return form;
  const { epoch, offset } = caughtUp.end;
  const common = {
    ...form,
    ...(recoverable && { recoverable }),
    ...(recovery !== undefined && { wasRecovering: true as const }),
    ...{ positioned, epoch },
  };
  if (!caughtUp.recovered) return { ...common, offset };
  return { ...common, offset: caughtUp.from, recovered: true, publications: caughtUp.publications };
}
