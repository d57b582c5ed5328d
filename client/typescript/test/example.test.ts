import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { createClient } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { AccountService, PipelineService } from "../src/index.js";
import { TestServer } from "../src/testing/index.js";

test("the example lists, says what a gate asks for, and tells what happens", async () => {
  const seed = new URL("seed.textproto", import.meta.url).pathname;
  const server = await TestServer.start({ date: "2025-08-04", seed });
  onTestFinished(() => server.stop());
  await createClient(PipelineService, server.transport).openDueOpportunities({
    parent: "accounts/-",
  });
  const program = new URL("../dist/example/renewals.js", import.meta.url).pathname;
  const example = spawn(process.execPath, [program, server.baseUrl]);
  const lines: string[] = [];
  for await (const line of createInterface(example.stdout)) {
    lines.push(line);
    if (line.includes("GAVE_BEFORE_ASKING")) {
      const accounts = createClient(AccountService, server.as({ actor: "kim" }));
      await accounts.verifyContact({ name: "accounts/acme/contacts/jane" });
    }
    if (line.startsWith("kim")) example.kill("SIGINT");
  }
  expect(lines[0]).toMatch(/^2025-12-1 {2}OUTREACH {2}accounts\/acme\/opportunities\//);
  expect(lines.join("\n")).toContain("  DECISION_ROLE_REACHED: Record a CONNECTED touch");
  // What follows for the renewal comes with it.
  expect(lines).toContain("kim called AccountService.VerifyContact: accounts/acme/contacts/jane");
});
