import type { Login } from "./member.ts";

/** What a crowd process is asked to do. Each is answered once. */
export type CrowdOrder =
  | { readonly kind: "login"; readonly port: number; readonly logins: readonly Login[]; readonly parallel: number }
  | { readonly kind: "join"; readonly port: number; readonly count: number }
  /** Answered when so many lines have come since the process began. */
  | { readonly kind: "until"; readonly lines: number }
  | { readonly kind: "latency" }
  | { readonly kind: "leave" };

export interface CrowdAnswer {
  /** Lines counted since the process began. */
  readonly lines: number;
  /** Length of the last line, bytes. */
  readonly lineBytes: number;
  /** Since the last time it was asked, ms; over lines that carry when they were sent. */
  readonly latency?: { readonly p50: number; readonly p99: number; readonly most: number; readonly count: number };
}

/** The field of a message that says when it was published: µs of the machine's monotonic clock, which processes share. */
export const SENT_AT = "sentAtMicros";

/** Now on that clock, µs. */
export const nowMicros = (): number => Number(process.hrtime.bigint() / 1_000n);
