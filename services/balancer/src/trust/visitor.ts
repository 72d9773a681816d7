/** A client, as far as it is proven. */
export interface Visitor {
  readonly address: string;
  /** What limits and hashes take for one client. */
  readonly group: string;
  readonly scheme: "http" | "https";
}
