#!/usr/bin/env node
import { writeFileSync } from "node:fs";
import { log } from "./call_log.js";
import { startGateway } from "./gateway.js";
import { helpText, parseFlags, UsageError } from "./options.js";

async function main(args: string[]): Promise<void> {
  const options = parseFlags(args);
  if (options === "help") {
    process.stdout.write(helpText());
    return;
  }
  const gateway = await startGateway(options);
  if (options.portFile) writeFileSync(options.portFile, `${gateway.port}\n`);
  log("INFO", "serving", { address: gateway.baseUrl, backend: options.backend });

  const signal = await new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  log("INFO", "stopping", { signal });
  await gateway.stop();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`perennial-gateway: ${message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
