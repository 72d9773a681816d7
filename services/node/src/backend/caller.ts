import type { Caller } from "@bellwire/hub";

/** Headers that say where a client comes from: those of the request alone count, never what a client says of itself. */
const ORIGIN_HEADERS = /^(x-forwarded-|forwarded$|x-real-ip$|cf-connecting-ip$|true-client-ip$)/;

/** Of a request's headers those that some address of the backend is told. */
export function headersToKeep(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === "string") kept[name] = value;
    else if (value !== undefined) kept[name] = value.join(", ");
  }
  return kept;
}

/** Headers that pages say in their connect command, since a browser lets them set none: kept for as long as the connection lives. */
export class EmulatedHeaders {
  readonly #byCaller = new WeakMap<Caller, Readonly<Record<string, string>>>();
  readonly #names: ReadonlySet<string>;

  constructor(names: readonly string[]) {
    this.#names = new Set(names.filter((name) => !ORIGIN_HEADERS.test(name)));
  }

  keep(caller: Caller, given: Readonly<Record<string, string>> = {}): void {
    const kept = Object.entries(given)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name, value]) => this.#names.has(name) && /^[\t\x20-\x7e]*$/.test(value));
    if (kept.length > 0) this.#byCaller.set(caller, Object.fromEntries(kept));
  }

  /** What the backend is told of `names`: the request's own headers, and emulated ones where it had none. */
  of(caller: Caller, names: readonly string[]): Readonly<Record<string, string>> {
    const all = { ...this.#byCaller.get(caller), ...caller.peer.headers };
    return headersToKeep(all, names);
  }
}

/** What every request to the backend says of the client. */
export function describe(caller: Caller): object {
  const { client, identity, codec, peer } = caller;
  return {
    client,
    transport: peer.transport,
    protocol: codec.name,
    encoding: "json",
    ...(identity !== undefined && { user: identity.user }),
    ...(identity?.meta !== undefined && { meta: JSON.parse(identity.meta) }),
  };
}

/** A payload, which is JSON text here and JSON there. */
export const payload = (data: string | undefined): object => (data === undefined ? {} : { data: JSON.parse(data) });
