import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const INFRA = `${import.meta.dirname}/../../../infra`;

/** A folder of its own for a balancer's files. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
  /** Copies a file of infra/ into it, each text of `changes` replaced; rejects when one does not occur. */
  render(from: string, to: string, changes: Readonly<Record<string, string>>): Promise<string>;
}

export async function privateFolder(name: string): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), `bellwire-${name}-`));
  // nginx's workers are not who its master is.
  await chmod(path, 0o755);
  return {
    path,
    render: async (from, to, changes) => {
      let text = await readFile(join(INFRA, from), "utf8");
      for (const [old, now] of Object.entries(changes)) {
        if (!text.includes(old)) throw new Error(`${from} does not say ${JSON.stringify(old)}`);
        text = text.replaceAll(old, now);
      }
      const file = join(path, to);
      await writeFile(file, text);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Of `changes` those whose text does not stand in `file`, and those whose text does. */
export async function divided(
  file: string,
  changes: Readonly<Record<string, string>>,
): Promise<{ readonly here: Record<string, string>; readonly elsewhere: Record<string, string> }> {
  const text = await readFile(join(INFRA, file), "utf8");
  const entries = Object.entries(changes);
  return {
    here: Object.fromEntries(entries.filter(([old]) => text.includes(old))),
    elsewhere: Object.fromEntries(entries.filter(([old]) => !text.includes(old))),
  };
}
