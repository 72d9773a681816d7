import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Task, TaskResult } from "./load/task.ts";

/** The load generator in a process of its own, so that its work is nobody else's. */
export class LoadProcess implements Disposable {
  readonly #child: ChildProcess = fork(`${import.meta.dirname}/load/main.ts`, { stdio: "inherit" });

  /** Resolves once the task is done; rejects when the process has ended over it. */
  async run(task: Task): Promise<TaskResult> {
    const over = new AbortController();
    const done = once(this.#child, "message", { signal: over.signal });
    const ended = once(this.#child, "exit", { signal: over.signal }).then(() => {
      throw new Error(`the load process ended over ${JSON.stringify(task)}`);
    });
    this.#child.send(task);
    try {
      const [result] = await Promise.race([done, ended]);
      return result as TaskResult;
    } finally {
      over.abort();
      await Promise.allSettled([done, ended]);
    }
  }

  [Symbol.dispose](): void {
    this.#child.disconnect();
  }
}
