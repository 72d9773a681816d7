import { type ChildProcess, spawn } from "node:child_process";

/** What must not outlive this process: a process, a process group, a container, or a folder. */
export type Guarded =
  | { readonly kind: "pid" | "group"; readonly id: number }
  | { readonly kind: "container"; readonly id: string }
  | { readonly kind: "folder"; readonly path: string };

/**
 * Reads `add` and `drop` lines; when the pipe ends, because the parent is gone however abruptly, ends what is left:
 * processes first, then folders. POSIX sh, in a session of its own so that a terminal's Ctrl-C does not reach it.
 */
const SCRIPT = `
left=""
nl="
"
while IFS= read -r line; do
  case "$line" in
    "add "*) left="$left\${line#add }$nl" ;;
    "drop "*) left=$(printf %s "$left" | grep -vxF -e "\${line#drop }"; printf .); left=\${left%.} ;;
  esac
done
IFS=$nl; set -f
for one in $left; do case "$one" in
  pid:*) kill -KILL "\${one#pid:}" ;;
  group:*) kill -KILL "-\${one#group:}" ;;
  container:*) docker rm --force --volumes "\${one#container:}" ;;
esac; done
for one in $left; do case "$one" in
  folder:*) rm -rf "\${one#folder:}" || { sleep 1; rm -rf "\${one#folder:}"; } ;;
esac; done
`;

let watchdog: ChildProcess | undefined;
let held = 0;

/** Has `guarded` ended should this process die without doing so itself. The returned function says that it was done. */
export function guard(guarded: Guarded): () => void {
  const target = guarded.kind === "folder" ? `folder:${guarded.path}` : `${guarded.kind}:${guarded.id}`;
  watchdog ??= startWatchdog();
  held += 1;
  watchdog.stdin?.write(`add ${target}\n`);
  let dropped = false;
  return () => {
    if (dropped) return;
    dropped = true;
    held -= 1;
    watchdog?.stdin?.write(`drop ${target}\n`);
    if (held > 0) return;
    watchdog?.stdin?.end();
    watchdog = undefined;
  };
}

function startWatchdog(): ChildProcess {
  const child = spawn("/bin/sh", ["-c", SCRIPT], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const forget = () => {
    if (watchdog === child) watchdog = undefined;
  };
  child.once("error", forget).once("exit", forget);
  // EPIPE: somebody ended the watchdog. What it guarded is then guarded by nothing but our own stop.
  child.stdin.on("error", forget);
  child.unref();
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  return child;
}
