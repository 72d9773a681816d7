import type { ChannelName } from "@bellwire/protocol";
import type { HubObserver } from "../observer.ts";
import type { NodeId } from "../ports/registry.ts";
import type { SessionRecord, Sessions } from "../ports/sessions.ts";
import type { Session } from "./session.ts";

/** The sessions of this node, here and in the cluster's store. The store may lag; `reconcile` makes it true again. */
export class Directory {
  readonly #byClient = new Map<string, Session>();
  readonly #byUser = new Map<string, Set<Session>>();
  readonly #node: NodeId;
  readonly #sessions: Sessions;
  readonly #observer: HubObserver;
  #reconciling: Promise<void> | undefined;

  constructor(parts: { node: NodeId; sessions: Sessions; observer: HubObserver }) {
    this.#node = parts.node;
    this.#sessions = parts.sessions;
    this.#observer = parts.observer;
  }

  get clients(): number {
    return this.#byClient.size;
  }

  get users(): number {
    return this.#byUser.size;
  }

  get all(): Iterable<Session> {
    return this.#byClient.values();
  }

  find(by: { readonly user?: string; readonly client?: string }): readonly Session[] {
    const one = by.client === undefined ? undefined : this.#byClient.get(by.client);
    const found = by.client === undefined ? [...(this.#byUser.get(by.user ?? "") ?? [])] : one ? [one] : [];
    return found.filter(({ identity }) => by.user === undefined || identity?.user === by.user);
  }

  opened(session: Session): void {
    const user = session.identity?.user ?? "";
    this.#byClient.set(session.client, session);
    const same = this.#byUser.get(user);
    if (same === undefined) this.#byUser.set(user, new Set([session]));
    else same.add(session);
    this.#note(this.#sessions.opened(this.#record(session)));
  }

  closed(session: Session): void {
    if (!this.#byClient.delete(session.client)) return;
    const user = session.identity?.user ?? "";
    const same = this.#byUser.get(user);
    same?.delete(session);
    if (same?.size === 0) this.#byUser.delete(user);
    this.#note(this.#sessions.closed(this.#record(session)));
  }

  subscribed(session: Session, channel: ChannelName): void {
    this.#note(this.#sessions.subscribed(session.client, channel));
  }

  unsubscribed(session: Session, channel: ChannelName): void {
    this.#note(this.#sessions.unsubscribed(session.client, channel));
  }

  /** Tells the store the whole truth about this node; calls while one runs share it. Rejects when the store is away. */
  reconcile(): Promise<void> {
    this.#reconciling ??= this.#sessions.reconcile(this.#node, this.#truth()).finally(() => {
      this.#reconciling = undefined;
    });
    return this.#reconciling;
  }

  *#truth(): Iterable<{ readonly session: SessionRecord; readonly channels: readonly ChannelName[] }> {
    for (const session of this.#byClient.values())
      yield { session: this.#record(session), channels: [...session.subscriptions.keys()] };
  }

  #record(session: Session): SessionRecord {
    return { client: session.client, user: session.identity?.user ?? "", node: this.#node, since: session.since };
  }

  #note(written: Promise<void>): void {
    written.catch((error: unknown) => this.#observer.failed("sessions", error));
  }
}
