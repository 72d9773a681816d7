import { type ChildProcess, fork } from "node:child_process";
import type { ClientRecord } from "../ledger/facts.ts";
import type { CrowdNews, CrowdOrder, Member } from "./orders.ts";

/** Hundreds of official SDK clients in a process of their own. */
export class Crowd implements AsyncDisposable {
  readonly #child: ChildProcess;
  #closing = false;

  constructor(hears: { readonly record: (record: ClientRecord) => void; readonly ended: (who: string) => void }) {
    this.#child = fork(`${import.meta.dirname}/crowd-process.ts`, { execArgv: [] });
    this.#child.on("message", (news: CrowdNews) => {
      if (news.kind === "records") for (const record of news.records) hears.record(record);
      else if (!this.#closing) hears.ended(`${news.client} ${news.why}`);
    });
    this.#child.on("exit", () => {
      if (!this.#closing) hears.ended("the crowd's process");
    });
  }

  open(members: readonly Member[], secret: string): void {
    this.#tell({ kind: "open", members, secret });
  }

  harm(kind: "stall" | "vanish" | "herd", names: readonly string[], ms: number): void {
    this.#tell({ kind, names, ms });
  }

  /** All clients disconnect for good. */
  close(): void {
    this.#closing = true;
    this.#tell({ kind: "close" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.disconnect();
    await gone;
  }

  #tell(order: CrowdOrder): void {
    if (this.#child.connected) this.#child.send(order);
  }
}
