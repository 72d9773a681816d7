/** Why the cluster will not have this page any more, and what that means, in words for a customer. */
const explanations: ReadonlyMap<number, string> = new Map([
  [3500, "The shop did not accept your sign-in."],
  [3503, "The shop ended this connection."],
  [3504, "There are too many connections to your account at the moment."],
  [3505, "There are too many connections to your account at the moment."],
]);

/** What is said above the orders when the connection was refused for good with this code. */
export const explanationOf = (code: number): string =>
  `${explanations.get(code) ?? "The shop did not accept this connection."} Your orders are not updated live until you try again.`;
