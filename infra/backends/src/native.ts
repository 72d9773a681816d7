import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";

/** Where servers live on Debian, on other Linux systems and on macOS with Homebrew. */
export const USUAL_FOLDERS = [
  ...["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"],
  ...["/opt/homebrew/sbin", "/opt/homebrew/bin"],
] as const;

/**
 * Debian's /usr/sbin/rabbitmq-server changes to the user rabbitmq and to the system's folders; the script behind it
 * runs as whoever calls it.
 */
const BEHIND_DEBIANS_WRAPPER = "/usr/lib/rabbitmq/bin";

/** The server programs of this machine; absent where there is none. */
export interface NativeBinaries {
  readonly redis?: string;
  readonly rabbit?: string;
}

/** Looks for redis-server and rabbitmq-server in `path` (a PATH), then in the usual folders. */
export async function findNative(path = ""): Promise<NativeBinaries> {
  const folders = [...path.split(":").filter((folder) => folder.startsWith("/")), ...USUAL_FOLDERS];
  const redis = await firstExecutable(folders, "redis-server");
  const rabbit = await firstExecutable([BEHIND_DEBIANS_WRAPPER, ...folders], "rabbitmq-server");
  return { ...(redis === undefined ? {} : { redis }), ...(rabbit === undefined ? {} : { rabbit }) };
}

/** The first executable file of that name; undefined when no folder has one. */
export async function firstExecutable(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

/** The error that says what would help. */
export const missing = (...names: readonly string[]): Error =>
  new Error(
    `${names.join(" and ")} not found on this machine; on Debian or Ubuntu: apt-get install --no-install-recommends ${names.join(" ")}`,
  );
