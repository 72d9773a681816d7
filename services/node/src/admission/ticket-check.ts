import type { TicketVerdict, TicketVerifier } from "@bellwire/auth";

/** Says why a client may not come in with this ticket, or without one; undefined when it may. */
export type TicketCheck = (ticket: string | undefined) => string | undefined;

const faults = {
  invalid: "the ticket is not valid",
  expired: "the ticket has expired; negotiate again",
  elsewhere: "the ticket is for another node",
} as const satisfies Record<Exclude<TicketVerdict, "good">, string>;

/** A ticket that is given must be good, needed or not: a client that was sent to another node must not stay here. */
export function createTicketCheck({
  verify,
  required,
}: {
  readonly verify: TicketVerifier;
  readonly required: boolean;
}): TicketCheck {
  return (ticket) => {
    if (ticket === undefined)
      return required ? "this node takes nobody without a ticket; POST /negotiate first" : undefined;
    const verdict = verify(ticket);
    return verdict === "good" ? undefined : faults[verdict];
  };
}
