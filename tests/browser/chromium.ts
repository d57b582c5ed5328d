import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

/** Debian's Chromium, without a window. */
export function launchChromium(): Promise<Browser> {
  const names = ["chromium-headless-shell", "chromium"];
  const folders = process.env["PATH"]!.split(delimiter);
  const executablePath = names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
  if (!executablePath) throw new Error("there is no Chromium: scripts/test installs it");
  // Its sandbox does not work for root, as which tests run in containers. The page is our own.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}
