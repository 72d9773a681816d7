/** How much is joined into one AMQP message. A single larger record goes alone. */
export const BATCH_RECORDS = 64;
export const BATCH_BYTES = 256 * 1024;

interface Batch {
  readonly records: Buffer[];
  bytes: number;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Joins what waits for the same route into one message: until the current turn's input has been read, or a batch is full.
 * All callers of a batch share its promise. One route's batches are published in order.
 */
export class Batches<Route> {
  readonly #publish: (route: Route, records: readonly Buffer[]) => Promise<void>;
  readonly #open = new Map<Route, Batch>();
  #flushing: NodeJS.Immediate | undefined;

  constructor(publish: (route: Route, records: readonly Buffer[]) => Promise<void>) {
    this.#publish = publish;
  }

  /** Settles as the publish of the batch does. */
  add(route: Route, record: Buffer): Promise<void> {
    let batch = this.#open.get(route);
    if (batch !== undefined && batch.bytes + record.length > BATCH_BYTES) {
      this.#flushOne(route, batch);
      batch = undefined;
    }
    if (batch === undefined) {
      batch = { records: [], bytes: 0, done: Promise.withResolvers() };
      this.#open.set(route, batch);
      this.#flushing ??= setImmediate(() => this.flush());
    }
    batch.records.push(record);
    batch.bytes += record.length;
    if (batch.records.length === BATCH_RECORDS) this.#flushOne(route, batch);
    return batch.done.promise;
  }

  /** Publishes all that waits. */
  flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    for (const [route, batch] of this.#open) this.#flushOne(route, batch);
  }

  #flushOne(route: Route, batch: Batch): void {
    this.#open.delete(route);
    this.#publish(route, batch.records).then(batch.done.resolve, batch.done.reject);
  }
}
