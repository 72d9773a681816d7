import type { Rulebook, Rules } from "@bellwire/hub";
import type { Log } from "@bellwire/runtime";
import type { Backend } from "../pool/backend.ts";
import type { Execution, Giver } from "./execution.ts";
import { nameOf, parseName, readOrder, type StandingOrder, writeOrder } from "./order.ts";

/** Orders in the way in which they depend on one another: nodes first, then what becomes of them. */
const SEQUENCE: readonly StandingOrder["kind"][] = ["strategy", "added", "weight", "course"];

/** The rulebook could not be written: nothing was done here either, for the other balancers would not know. */
export class NotTold extends Error {
  override readonly name = "NotTold";
  readonly statusCode = 503;

  constructor(cause: unknown) {
    super("the other balancers cannot be told now, so nothing was changed here; ask again", { cause });
  }
}

/** New orders, and names of such as stand no longer. */
export interface Change {
  readonly orders?: readonly StandingOrder[];
  readonly over?: readonly string[];
}

/**
 * What operators have ordered until they say otherwise: by all balancers that share a rulebook, by those that start later,
 * and for nodes that join later. Without a book each balancer for itself.
 */
export class StandingOrders implements Disposable {
  readonly #execution: Execution;
  readonly #book: Rulebook | undefined;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout | undefined;
  #standing: ReadonlyMap<string, string> = new Map();
  #version: string | undefined;
  #away = false;
  #stopped = false;
  /** Changes given so far: what was read before one is not believed after it. */
  #given = 0;
  #looking: Promise<void> | undefined;

  constructor(parts: {
    readonly execution: Execution;
    readonly book: Rulebook | undefined;
    readonly log: Log;
    readonly everyMs: number;
  }) {
    this.#execution = parts.execution;
    this.#book = parts.book;
    this.#log = parts.log;
    if (parts.book !== undefined) this.#timer = setInterval(() => void this.look(), parts.everyMs);
  }

  /** Whether other balancers hear of orders. */
  get shared(): "yes" | "not now" | "no" {
    if (this.#book === undefined) return "no";
    return this.#away ? "not now" : "yes";
  }

  get all(): readonly StandingOrder[] {
    return [...this.#standing].map(([name, text]) => readOrder(name, text)).filter((order) => order !== undefined);
  }

  /** Tells the other balancers, then does it here. Rejects with NotTold, and then nothing has changed. */
  async give({ orders = [], over = [] }: Change): Promise<void> {
    const changes = new Map<string, string | undefined>(over.map((name) => [name, undefined]));
    for (const order of orders) changes.set(...writeOrder(order));
    this.#given += 1;
    await this.#tell(changes);
    this.#given += 1;
    const next = new Map(this.#standing);
    for (const [name, text] of changes)
      if (text === undefined) next.delete(name);
      else next.set(name, text);
    await this.#follow(next, { giver: "by an operator", anew: new Set(changes.keys()) });
  }

  /** A node that joins is treated as orders say that were given before. */
  joined({ id }: Backend): void {
    for (const kind of ["weight", "course"] as const) {
      const name = nameOf({ kind, node: id });
      const text = this.#standing.get(name);
      const order = text === undefined ? undefined : readOrder(name, text);
      if (order !== undefined) void this.#execution.carryOut(order, "by an operator");
    }
  }

  /** Takes over what other balancers were told. Never rejects: what cannot be read now is read the next time. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#book === undefined) return;
    const given = this.#given;
    try {
      const rules = await this.#book.read(this.#version);
      this.#reached();
      if (rules === undefined || given !== this.#given || this.#stopped) return;
      if (await this.#hasLostItsData(rules)) return;
      this.#version = rules.version;
      await this.#follow(rules.entries, { giver: "by an operator, at another balancer", anew: new Set() });
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A book that was lost is written anew by whoever knows what stood in it; what comes of it is read the next time. */
  async #hasLostItsData(rules: Rules): Promise<boolean> {
    if (rules.version !== "" || this.#standing.size === 0) return false;
    this.#log.warn({ orders: this.#standing.size }, "the rulebook has lost its data; writing it anew");
    await this.#book?.restore(this.#standing);
    return true;
  }

  async #tell(changes: ReadonlyMap<string, string | undefined>): Promise<void> {
    if (this.#book === undefined) return;
    try {
      if (this.#standing.size > 0) await this.#book.restore(this.#standing);
      await this.#book.write(changes);
      this.#reached();
    } catch (error) {
      this.#failed(error);
      throw new NotTold(error);
    }
  }

  /** Does what is new and undoes what is gone. `anew`: to be done and undone although nothing changes by it. */
  async #follow(
    next: ReadonlyMap<string, string>,
    { giver, anew }: { readonly giver: Giver; readonly anew: ReadonlySet<string> },
  ): Promise<void> {
    const before = this.#standing;
    this.#standing = next;
    const over = [...before.keys(), ...anew].filter((name) => !next.has(name));
    for (const name of new Set(over)) await this.#execution.takeBack(parseName(name), giver);
    const fresh = [...next].filter(([name, text]) => before.get(name) !== text || anew.has(name));
    const orders = fresh.map((entry) => this.#understand(entry)).filter((order) => order !== undefined);
    orders.sort((one, other) => SEQUENCE.indexOf(one.kind) - SEQUENCE.indexOf(other.kind));
    for (const order of orders) await this.#execution.carryOut(order, giver);
  }

  #understand([name, text]: readonly [string, string]): StandingOrder | undefined {
    const order = readOrder(name, text);
    if (order === undefined) this.#log.warn({ name, text }, "an order that this version does not understand; left out");
    return order;
  }

  #reached(): void {
    if (this.#away) this.#log.info("the rulebook is back");
    this.#away = false;
  }

  #failed(error: unknown): void {
    if (!this.#away && !this.#stopped)
      this.#log.warn({ err: error }, "the rulebook cannot be reached; going on with what was ordered before");
    this.#away = true;
  }
}
