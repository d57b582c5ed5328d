// The examples as they are built, against a real server in which something changes meanwhile.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { AccountService, createClient, PipelineService } from "../src/index.js";
import { TestServer } from "../src/testing/index.js";

async function withRenewal() {
  const seed = new URL("seed.textproto", import.meta.url).pathname;
  const server = await TestServer.start({ date: "2025-08-04", seed });
  onTestFinished(() => server.stop());
  const pipeline = createClient(PipelineService, server.as({ actor: "kim" }));
  await pipeline.openDueOpportunities({ parent: "accounts/-" });
  const { opportunities } = await pipeline.listOpportunities({ parent: "accounts/-" });
  return { server, pipeline, name: opportunities[0]!.name };
}

/** An example that runs, and what it has written. */
function run(name: string, server: TestServer) {
  const program = new URL(`../dist/example/${name}.js`, import.meta.url).pathname;
  const example = spawn(process.execPath, [program, server.baseUrl], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void example.kill("SIGKILL"));
  const exitCode = once(example, "exit").then(([code]) => code as number | null);
  return { example, lines: createInterface(example.stdout), exitCode };
}

test("renewals lists, says what a gate asks for, and tells what happens", async () => {
  const { server } = await withRenewal();
  const { example, lines } = run("renewals", server);
  const all: string[] = [];
  for await (const line of lines) {
    all.push(line);
    if (line.includes("Gave before asking")) {
      const accounts = createClient(AccountService, server.as({ actor: "kim" }));
      await accounts.verifyContact({ name: "accounts/acme/contacts/jane" });
    }
    if (line.startsWith("kim")) example.kill("SIGINT");
  }
  expect(all[0]).toMatch(/^2025-12-01 {2}Outreach {2}accounts\/acme\/opportunities\//);
  expect(all.join("\n")).toContain("  Decision role reached: Record a CONNECTED touch");
  // What follows for the renewal comes with it.
  expect(all).toContain("kim called AccountService.VerifyContact: accounts/acme/contacts/jane");
});

test("board has a column for each stage, and stays current until Ctrl-C", async () => {
  const { server, pipeline, name } = await withRenewal();
  const { example, lines, exitCode } = run("board", server);
  const all: string[] = [];
  for await (const line of lines) {
    all.push(line);
    if (line === "Renewal (0)" && all.includes("Outreach (1)") && !all.includes("Outreach (0)")) {
      await pipeline.advanceOpportunity({ name, overrideReason: "We met" });
    }
    if (line === "Upsell (0)" && all.includes("Adoption review (1)")) example.kill("SIGINT");
  }
  const card = "  2025-12-01      USD 24,000.00  Acme, renewal 2025-12-01";
  const boards = all
    .join("\n")
    .split("\n\n")
    .map((board) => board.trim());
  expect(boards[0]).toBe(
    ["As it is", "Outreach (1)", card, "Adoption review (0)", "Upsell (0)", "Renewal (0)"].join(
      "\n",
    ),
  );
  const moved = [
    "As it is",
    "Outreach (0)",
    "Adoption review (1)",
    card,
    "Upsell (0)",
    "Renewal (0)",
  ];
  expect(boards).toContain(moved.join("\n"));
  expect(await exitCode).toBe(0);
});
