import type { Endpoint } from "./address.ts";
import type { Backend } from "./backend.ts";

/** One client counted on one node. Released once, however often it is asked. */
export class Lease {
  readonly backend: Backend;
  /** Where its connection goes, and where from. */
  readonly endpoint: Endpoint;
  #give: ((backend: Backend) => void) | undefined;

  constructor(backend: Backend, localAddress: string | undefined, give: (backend: Backend) => void) {
    this.backend = backend;
    this.endpoint = localAddress === undefined ? backend.address : { ...backend.address, localAddress };
    this.#give = give;
  }

  release(): void {
    const give = this.#give;
    this.#give = undefined;
    give?.(this.backend);
  }
}
