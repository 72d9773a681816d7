import { once } from "node:events";
import { createServer, isIP } from "node:net";
import { ConfigError } from "@bellwire/runtime";

/** Addresses that can be listed. */
export const MAX_SOURCES = 64;

/**
 * The addresses that connections to nodes come from, by chance: by turns each node could always meet the same one. Without
 * any the system chooses.
 */
export class SourceAddresses {
  readonly #byFamily: ReadonlyMap<number, readonly string[]>;
  readonly #random: () => number;

  constructor(addresses: readonly string[], random: () => number) {
    this.#byFamily = Map.groupBy(addresses, isIP);
    this.#random = random;
  }

  /** One of the family of `host`; undefined for a name, whose family is not known, and where there is none. */
  towards(host: string): string | undefined {
    const addresses = this.#byFamily.get(isIP(host));
    return addresses?.[Math.floor(this.#random() * addresses.length)];
  }
}

/** Throws ConfigError when one is not an address of this machine: with it no node could be reached. */
export async function proveOwn(addresses: readonly string[]): Promise<void> {
  for (const host of addresses) {
    const server = createServer();
    try {
      server.listen({ host, port: 0 });
      await once(server, "listening");
    } catch (cause) {
      const why = `${host} is not an address of this machine`;
      throw new ConfigError(`bad configuration: BELLWIRE_BALANCER_SOURCE_ADDRESSES: ${why}`, { cause });
    } finally {
      server.close();
    }
  }
}
