import { createWriteStream, type WriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One part's log is cut off beyond this, bytes. */
const PART_BYTES = 16 * 1024 * 1024;

/** The logs of all parts of a run, kept only when it fails. */
export class LogFolder {
  readonly path: string;
  readonly #parts = new Map<string, { readonly file: WriteStream; left: number }>();

  private constructor(path: string) {
    this.path = path;
  }

  static async create(seed: number): Promise<LogFolder> {
    return new LogFolder(await mkdtemp(join(tmpdir(), `bellwire-chaos-${seed}-`)));
  }

  write(part: string, line: string): void {
    const here = this.#parts.get(part) ?? { file: createWriteStream(join(this.path, `${part}.log`)), left: PART_BYTES };
    this.#parts.set(part, here);
    if (here.left <= 0) return;
    here.left -= line.length + 1;
    here.file.write(`${line}\n`);
  }

  /** Closes the files; the folder stays where `keep` is set. */
  async end(keep: boolean): Promise<void> {
    for (const { file } of this.#parts.values()) await new Promise((resolve) => file.end(resolve));
    if (!keep) await rm(this.path, { recursive: true, force: true });
  }
}
