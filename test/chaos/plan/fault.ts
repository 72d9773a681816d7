/** What a network does to a way: see test/network/fault-path.ts. */
export type PathFault = "cut" | "reset" | "half-open" | "delay" | "throttle" | "hole" | "hole-up" | "hole-down";

/** One thing that is done to the cluster. Times are ms; what is ended is started again after `downMs`. */
export type Fault =
  | { readonly kind: "kill"; readonly part: string; readonly downMs: number }
  | { readonly kind: "freeze"; readonly part: string; readonly ms: number }
  | { readonly kind: "leave"; readonly part: string; readonly downMs: number }
  | { readonly kind: "roll" }
  | {
      readonly kind: "restart";
      readonly server: "rabbitmq" | "redis";
      readonly how: "kill" | "stop";
      /** `older`: without what it wrote last. */
      readonly data: "kept" | "lost" | "older";
      readonly downMs: number;
    }
  | { readonly kind: "alarm"; readonly ms: number }
  | { readonly kind: "path"; readonly path: string; readonly how: PathFault; readonly ms: number }
  | { readonly kind: "clock"; readonly part: string; readonly stepMs: number }
  | {
      readonly kind: "clients";
      readonly how: "stall" | "vanish" | "herd";
      readonly share: number;
      readonly ms: number;
    };

export interface PlannedFault {
  /** ms after the storm's beginning. */
  readonly at: number;
  readonly fault: Fault;
}

/** The fault as a line of the plan. */
export function textOf({ at, fault }: PlannedFault): string {
  const { kind, ...rest } = fault;
  const details = Object.entries(rest).map(([name, value]) => (typeof value === "string" ? value : `${name} ${value}`));
  return `  ${(at / 1_000).toFixed(1).padStart(6)} s  ${[kind, ...details].join(" · ")}`;
}
