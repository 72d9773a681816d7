import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { CrowdOrder, CrowdReport } from "./crowd-orders.ts";

/** The clients in a process of their own: theirs are half of the descriptors that a process may have open. */
export class CrowdProcess implements Disposable {
  readonly #child: ChildProcess = fork(`${import.meta.dirname}/crowd-main.ts`, { stdio: "inherit" });

  /** Resolves once it is done; rejects when the process has ended over it. */
  async tell(order: CrowdOrder): Promise<CrowdReport> {
    const over = new AbortController();
    const done = once(this.#child, "message", { signal: over.signal });
    const ended = once(this.#child, "exit", { signal: over.signal }).then(() => {
      throw new Error(`the crowd ended over ${JSON.stringify(order)}`);
    });
    this.#child.send(order);
    try {
      const [report] = await Promise.race([done, ended]);
      return report as CrowdReport;
    } finally {
      over.abort();
      await Promise.allSettled([done, ended]);
    }
  }

  [Symbol.dispose](): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
