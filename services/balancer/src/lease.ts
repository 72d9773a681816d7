import type { Backend } from "./backend.ts";

/** One client counted on one node. Released once, however often it is asked. */
export class Lease {
  readonly backend: Backend;
  #give: ((backend: Backend) => void) | undefined;

  constructor(backend: Backend, give: (backend: Backend) => void) {
    this.backend = backend;
    this.#give = give;
  }

  release(): void {
    const give = this.#give;
    this.#give = undefined;
    give?.(this.backend);
  }
}
