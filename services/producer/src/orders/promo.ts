/** A promotion on its way into the outbox; a second one with the same id changes nothing for an hour. */
export interface NewPromo {
  readonly id: string;
  readonly segment: string;
  readonly title: string;
  readonly body: string;
  readonly at: string;
}
