import { firstExecutable, installPackages, mayInstall, USUAL_FOLDERS } from "@bellwire/backends";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "Google Chrome"];
const FOLDERS = [...USUAL_FOLDERS, "/snap/bin", "/Applications/Google Chrome.app/Contents/MacOS"];

/**
 * The executable of a Chromium or Chrome on this machine, for playwright-core's `executablePath`. Installs Debian's where
 * that is possible, else rejects with the command that would help. BELLWIRE_TEST_CHROMIUM names one by its path.
 */
export async function findChromium(): Promise<string> {
  const named = process.env.BELLWIRE_TEST_CHROMIUM;
  if (named) return named;
  const found = await lookForChromium();
  if (found !== undefined) return found;
  if (await mayInstall()) {
    console.log("browser: installing chromium with apt-get");
    await installPackages(["chromium"]);
    const installed = await lookForChromium();
    if (installed !== undefined) return installed;
  }
  throw new Error(
    "no Chromium on this machine; on Debian or Ubuntu: apt-get install chromium (or name one with BELLWIRE_TEST_CHROMIUM)",
  );
}

async function lookForChromium(): Promise<string | undefined> {
  for (const name of NAMES) {
    const found = await firstExecutable(FOLDERS, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
