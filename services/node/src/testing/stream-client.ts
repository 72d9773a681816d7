import { expect } from "vitest";

/** One message of a stream, as far as tests look at it. */
export interface StreamMessage {
  readonly id?: number;
  readonly error?: { readonly code: number };
  readonly connect?: Connected;
  readonly push?: Pushed;
  readonly [field: string]: unknown;
}

export interface Connected {
  readonly client: string;
  readonly session?: string;
  readonly node?: string;
  readonly ping?: number;
  readonly pong?: boolean;
  readonly subs?: Readonly<Record<string, { readonly recovered?: boolean; readonly publications?: readonly object[] }>>;
}

export interface Pushed {
  readonly channel?: string;
  readonly pub?: { readonly data: unknown; readonly offset?: number };
  readonly disconnect?: { readonly code: number; readonly reason: string };
}

const SOON = { timeout: 5_000, interval: 5 };

/** Reads a stream of newline-delimited JSON or of events as it comes. */
export class StreamClient implements Disposable {
  readonly messages: StreamMessage[] = [];
  readonly answer: Response;
  /** What came, as it came. */
  text = "";
  ended = false;
  readonly #aborting: AbortController;
  #rest = "";

  private constructor(answer: Response, aborting: AbortController) {
    this.answer = answer;
    this.#aborting = aborting;
    void this.#read();
  }

  static async open(url: string, init: RequestInit = {}): Promise<StreamClient> {
    const aborting = new AbortController();
    return new StreamClient(await fetch(url, { ...init, signal: aborting.signal }), aborting);
  }

  /** The message for which `wanted` answers something; resolves once it is there. */
  async find<Found>(wanted: (message: StreamMessage) => Found | undefined): Promise<Found> {
    const found = () => this.messages.map(wanted).find((one) => one !== undefined);
    await expect.poll(found, SOON).toBeDefined();
    return found() as Found;
  }

  connected(): Promise<Connected> {
    return this.find(({ connect }) => connect);
  }

  reply(id: number): Promise<StreamMessage> {
    return this.find((message) => (message.id === id ? message : undefined));
  }

  disconnected(): Promise<Pushed["disconnect"]> {
    return this.find(({ push, disconnect }) => push?.disconnect ?? (disconnect as Pushed["disconnect"]));
  }

  async end(): Promise<void> {
    await expect.poll(() => this.ended, SOON).toBe(true);
  }

  [Symbol.dispose](): void {
    this.#aborting.abort();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.answer.body ?? []) this.#take(decoder.decode(chunk, { stream: true }));
    } catch (error) {
      if (!this.#aborting.signal.aborted && !(error instanceof TypeError)) throw error;
    }
    this.ended = true;
  }

  #take(text: string): void {
    this.text += text;
    const lines = `${this.#rest}${text}`.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const json = line.replace(/^data: /, "").trim();
      if (json !== "") this.messages.push(JSON.parse(json) as StreamMessage);
    }
  }
}
