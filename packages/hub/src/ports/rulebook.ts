/** What stands in a rulebook. */
export interface Rules {
  /** Changes with every write; empty for a book that nobody has written in, or that has lost its data. */
  readonly version: string;
  readonly entries: ReadonlyMap<string, string>;
}

/**
 * What operators have ordered for as long as they do not say otherwise: a small table that every balancer follows. Of
 * two writes of one entry the later one counts. At most `MAX_RULES` entries: those written longest ago are dropped.
 */
export interface Rulebook {
  /** Undefined while the version is still `known`. */
  read(known?: string): Promise<Rules | undefined>;
  /** Writes these entries and takes out those given as undefined: all or none. */
  write(changes: ReadonlyMap<string, string | undefined>): Promise<void>;
  /** Writes these entries into a book that is new or has lost its data; changes nothing in any other. */
  restore(entries: ReadonlyMap<string, string>): Promise<void>;
}

/** Entries that a rulebook keeps. */
export const MAX_RULES = 1_024;
