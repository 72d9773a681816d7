import type { ChannelName, Command, ConnectRequest, Incoming } from "@bellwire/protocol";
import type { HubLimits } from "../limits.ts";
import { Allowance } from "./allowance.ts";
import type { Session } from "./session.ts";

export type ConnectCommand = Extract<Command, { readonly method: "connect" }>;
export type PerformedCommand = Exclude<Command, ConnectCommand>;

/** What a conversation may do with a command. A rejection is a bug or an outage: the client is asked to try again. */
export interface Actions {
  /** Resolves to whether the client was admitted. */
  connect(session: Session, command: ConnectCommand): Promise<boolean>;
  perform(session: Session, command: PerformedCommand): Promise<void> | void;
  /** Absent: nobody takes messages. */
  readonly send: ((session: Session, data: string) => void) | undefined;
  failed(session: Session, command: Command, error: unknown): void;
}

/**
 * One client's side of the protocol: connect comes first and only once, and whatever arrives while it is being checked is
 * held back. Afterwards commands are begun in the order in which they came,
 * and those of one channel are done one after the other.
 */
export class Conversation {
  readonly #session: Session;
  readonly #actions: Actions;
  readonly #maxPending: number;
  readonly #commands: Allowance;
  readonly #now: () => number;
  #state: "fresh" | "connecting" | "connected" | "refused" = "fresh";
  #waiting: Incoming[] = [];
  #pending = 0;
  /** The last command of each channel that is still being done: the next one waits for it. */
  readonly #lastOf = new Map<ChannelName, Promise<void>>();

  constructor(
    session: Session,
    actions: Actions,
    bounds: { readonly limits: Pick<HubLimits, "pendingCommands" | "commands">; readonly now: () => number },
  ) {
    const { limits, now } = bounds;
    this.#session = session;
    this.#actions = actions;
    this.#maxPending = limits.pendingCommands;
    this.#commands = new Allowance(limits.commands, now());
    this.#now = now;
  }

  /** Takes one client frame. Never throws. */
  receive(frame: Uint8Array): void {
    for (const incoming of this.#session.codec.decode(frame)) {
      if (this.#session.ended) return;
      this.#take(incoming);
    }
  }

  /** Takes the connect request of a client that sends no commands. */
  connect(request: ConnectRequest): void {
    this.#take({ kind: "command", command: { id: 1, method: "connect", request } });
  }

  #take(incoming: Incoming): void {
    if (incoming.kind === "violation") return this.#session.end(incoming.close);
    if (this.#state === "connecting") return this.#holdBack(incoming);
    if (incoming.kind === "pong") return this.#pong();
    const haste = this.#commands.spend(this.#now());
    if (haste === "flood") return this.#session.end("tooManyRequests");
    if (incoming.kind === "send") return this.#send(incoming.data);
    if (this.#state !== "connected") return this.#begin(incoming);
    if (haste === "fine") this.#perform(incoming);
    else this.#putOff(incoming);
  }

  /** Nobody has said who the client is: only a connect is taken, and only once. */
  #begin(incoming: Extract<Incoming, { kind: "command" | "refused" }>): void {
    if (this.#state === "fresh" && incoming.kind === "command" && incoming.command.method === "connect")
      return void this.#connect(incoming.command);
    if (this.#state === "fresh" && incoming.kind === "refused" && incoming.error === "badRequest")
      this.#refuse(incoming.id);
    else this.#session.end("badRequest");
  }

  #putOff(incoming: Extract<Incoming, { kind: "command" | "refused" }>): void {
    const id = incoming.kind === "command" ? incoming.command.id : incoming.id;
    this.#session.reply({ id, error: "tooManyRequests" });
  }

  #send(data: string): void {
    if (this.#state !== "connected") this.#session.end("badRequest");
    else if (this.#actions.send === undefined) this.#session.end("notAvailable");
    else this.#actions.send(this.#session, data);
  }

  #holdBack(incoming: Incoming): void {
    if (this.#waiting.length >= this.#maxPending) this.#session.end("tooManyRequests");
    else this.#waiting.push(incoming);
  }

  #pong(): void {
    if (this.#session.pongsDue === 0) return this.#session.end("badRequest");
    this.#session.pongsDue -= 1;
  }

  /** A connect command that could not be read: answered, and the connection is of no more use. */
  #refuse(id: number): void {
    this.#state = "refused";
    this.#session.reply({ id, error: "badRequest" });
  }

  async #connect(command: ConnectCommand): Promise<void> {
    this.#state = "connecting";
    try {
      this.#state = (await this.#actions.connect(this.#session, command)) ? "connected" : "refused";
    } catch (error) {
      this.#state = "refused";
      this.#actions.failed(this.#session, command, error);
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const incoming of waiting) {
      if (this.#session.ended) return;
      this.#take(incoming);
    }
  }

  #perform(incoming: Extract<Incoming, { kind: "command" | "refused" }>): void {
    if (incoming.kind === "refused") return this.#session.reply({ id: incoming.id, error: incoming.error });
    const { command } = incoming;
    if (command.method === "connect") return this.#session.end("badRequest");
    if (this.#pending >= this.#maxPending) return this.#session.end("tooManyRequests");
    this.#pending += 1;
    const channel = "channel" in command.request ? command.request.channel : undefined;
    if (channel === undefined) void this.#settle(command);
    else this.#settleAfterItsChannel(channel, command);
  }

  #settleAfterItsChannel(channel: ChannelName, command: PerformedCommand): void {
    const before = this.#lastOf.get(channel);
    const done = before === undefined ? this.#settle(command) : before.then(() => this.#settle(command));
    const last = done.then(() => {
      if (this.#lastOf.get(channel) === last) this.#lastOf.delete(channel);
    });
    this.#lastOf.set(channel, last);
  }

  async #settle(command: PerformedCommand): Promise<void> {
    try {
      if (!this.#session.ended) await this.#actions.perform(this.#session, command);
    } catch (error) {
      this.#actions.failed(this.#session, command, error);
    } finally {
      this.#pending -= 1;
    }
  }
}
