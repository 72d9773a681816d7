import type { Backend } from "./backend.ts";

/** One client counted on one node. Released once, however often it is asked. */
export class Lease {
  readonly backend: Backend;
  #give: (() => void) | undefined;

  constructor(backend: Backend, give: () => void) {
    this.backend = backend;
    this.#give = give;
  }

  release(): void {
    const give = this.#give;
    this.#give = undefined;
    give?.();
  }
}
