/** What a lane needs from the world. */
export interface LaneActions<Message> {
  keyOf(message: Message): string;
  /** Resolves when the message is settled; a rejection means "not now". Must not throw. */
  run(message: Message): Promise<void>;
  /** Settles this message and all before it. */
  ackUpTo(message: Message): void;
  /** Runs the task when the current turn's input has been read. */
  soon(task: () => void): void;
  /** Runs the task once after the pause of the given attempt (0, 1, 2, …); the returned function cancels it. */
  afterPause(attempt: number, task: () => void): () => void;
  /** A message was not settled now; once per try. */
  onPostponed(message: Message, attempt: number, error: unknown): void;
}

interface Entry<Message> {
  readonly message: Message;
  readonly key: string;
  state: "waiting" | "running" | "failed" | "done";
}

/**
 * The messages one channel has in hand. They are started in delivery order, side by side, but one key's one after the
 * other; they are acked in delivery order, joined per turn. After a "not now" nothing is started until what runs has
 * settled and, after a pause, the oldest failed one went through; then all goes on in order.
 */
export class Lane<Message> {
  readonly #actions: LaneActions<Message>;
  readonly #order: Entry<Message>[] = [];
  readonly #byKey = new Map<string, Entry<Message>[]>();
  readonly #stopped = Promise.withResolvers<void>();
  #running = 0;
  #deliveredAt = Number.NEGATIVE_INFINITY;
  #attempt = 0;
  #holding = false;
  #stopping = false;
  #abandoned = false;
  #probe: Entry<Message> | undefined;
  #cancelRetry: (() => void) | undefined;
  #ackable: Entry<Message> | undefined;

  constructor(actions: LaneActions<Message>) {
    this.#actions = actions;
  }

  /** True while a "not now" holds the lane up. */
  get holding(): boolean {
    return this.#holding;
  }

  /** Has `capacity` messages in hand or more, and was handed nothing for `ms`. */
  isStuck(capacity: number, ms: number): boolean {
    return this.#order.length >= capacity && performance.now() - this.#deliveredAt >= ms;
  }

  deliver(message: Message): void {
    this.#deliveredAt = performance.now();
    const entry: Entry<Message> = { message, key: this.#actions.keyOf(message), state: "waiting" };
    this.#order.push(entry);
    const line = this.#byKey.get(entry.key);
    if (line === undefined) this.#byKey.set(entry.key, [entry]);
    else line.push(entry);
    if (line === undefined) this.#startIfFree(entry);
  }

  /** Starts nothing more; resolves when nothing runs and what was settled is acked. */
  stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelRetry?.();
    this.#whenQuiet();
    return this.#stopped.promise;
  }

  /** The channel is gone: results no longer count. */
  abandon(): void {
    this.#abandoned = true;
    this.#cancelRetry?.();
    this.#stopped.resolve();
  }

  #startIfFree(entry: Entry<Message>): void {
    if (!this.#stopping && !this.#abandoned && !this.#holding) this.#start(entry);
  }

  #start(entry: Entry<Message>): void {
    entry.state = "running";
    this.#running += 1;
    this.#actions.run(entry.message).then(
      () => this.#settled(entry),
      (error: unknown) => this.#postponed(entry, error),
    );
  }

  #settled(entry: Entry<Message>): void {
    if (this.#abandoned) return;
    this.#running -= 1;
    entry.state = "done";
    const next = this.#leaveLine(entry);
    this.#advance();
    if (this.#probe === entry) this.#resume();
    else if (next !== undefined) this.#startIfFree(next);
    this.#whenQuiet();
  }

  #postponed(entry: Entry<Message>, error: unknown): void {
    if (this.#abandoned) return;
    this.#running -= 1;
    entry.state = "failed";
    this.#holding = true;
    if (this.#probe === entry) this.#probe = undefined;
    this.#actions.onPostponed(entry.message, this.#attempt, error);
    this.#whenQuiet();
  }

  #whenQuiet(): void {
    if (this.#running > 0) return;
    if (this.#stopping) {
      this.#ack();
      return this.#stopped.resolve();
    }
    const oldest = this.#holding ? this.#order.find(({ state }) => state === "failed") : undefined;
    if (oldest === undefined) return;
    this.#cancelRetry = this.#actions.afterPause(this.#attempt, () => {
      this.#probe = oldest;
      this.#start(oldest);
    });
    this.#attempt += 1;
  }

  #resume(): void {
    this.#probe = undefined;
    this.#holding = false;
    this.#attempt = 0;
    for (const entry of this.#order.filter((one) => one.state === "failed" || one.state === "waiting"))
      if (this.#byKey.get(entry.key)?.[0] === entry) this.#startIfFree(entry);
  }

  /** Answers who is next in the key's line. */
  #leaveLine(entry: Entry<Message>): Entry<Message> | undefined {
    const line = this.#byKey.get(entry.key);
    line?.shift();
    if (line?.length === 0) this.#byKey.delete(entry.key);
    return line?.[0];
  }

  #advance(): void {
    while (this.#order[0]?.state === "done") {
      if (this.#ackable === undefined) this.#actions.soon(() => this.#ack());
      this.#ackable = this.#order.shift();
    }
  }

  #ack(): void {
    const last = this.#ackable;
    this.#ackable = undefined;
    if (last !== undefined && !this.#abandoned) this.#actions.ackUpTo(last.message);
  }
}
