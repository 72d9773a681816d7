import type { BalancerProcess } from "./process.ts";

/** The strategies that all three have. */
export type Strategy = "round-robin" | "weighted-round-robin" | "least-connections" | "source-hash";

/** What a story may change of a balancer's configuration: our variables, and texts of the two files that are replaced. */
export interface SubjectOptions {
  readonly strategy?: Strategy;
  readonly env?: Readonly<Record<string, string>>;
  readonly nginx?: Readonly<Record<string, string>>;
  readonly haproxy?: Readonly<Record<string, string>>;
}

/** A balancer under test. */
export interface Subject extends AsyncDisposable {
  readonly port: number;
  readonly adminPort: number;
  readonly process: BalancerProcess;
}

/** A node as a balancer is told of it. */
export interface NamedNode {
  readonly id: string;
  readonly port: number;
  readonly weight: number;
  /** Where its health is asked; absent: on its own port. */
  readonly opsPort?: number;
}
