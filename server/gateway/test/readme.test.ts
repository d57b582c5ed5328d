// Every curl of the README and of --help, as it stands there, at a real server.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createClient } from "@connectrpc/connect";
import { AccountService, PipelineService } from "@perennial/client";
import { TestServer } from "@perennial/client/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway, type Gateway } from "../src/gateway.js";
import { helpText } from "../src/options.js";

let server: TestServer;
let gateway: Gateway;
const folder = mkdtempSync(join(tmpdir(), "perennial-readme-"));
beforeAll(async () => {
  const seed = new URL("../../../client/typescript/test/seed.textproto", import.meta.url).pathname;
  server = await TestServer.start({ date: "2025-08-04", seed });
  const pipeline = createClient(PipelineService, server.transport);
  await pipeline.openDueOpportunities({ parent: "accounts/acme" });
  gateway = await startGateway({ listen: "127.0.0.1:0", backend: server.target, noCallLog: true });
});
afterAll(async () => {
  await gateway?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true });
});

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const curlsOf = (text: string) =>
  [...text.matchAll(/^ +(curl (?:.*\\\n)*.*)/gm)].map(([, command]) => command!);

async function run(command: string): Promise<string> {
  const here = command.replaceAll("http://127.0.0.1:8080", gateway.baseUrl);
  expect(here).toContain(gateway.baseUrl);
  const { stdout } = await promisify(execFile)("sh", ["-c", here], { cwd: folder });
  return stdout;
}

const commands = curlsOf(readme);

test("the README has these", () => {
  expect(commands.map((command) => /[\w.]+Service\/\w+|8080\/$/.exec(command)?.[0])).toEqual([
    "perennial.v1.PipelineService/ListOpportunities",
    "perennial.v1.PipelineService/GetBoard",
    "perennial.v1.PipelineService/GetBoard",
    "8080/",
  ]);
});

test("a call by POST", async () => {
  expect(JSON.parse(await run(commands[0]!))).toMatchObject({
    opportunities: [{ stage: "OUTREACH", arr: { currencyCode: "USD", micros: "24000000000" } }],
  });
});

test("a read by GET", async () => {
  const { columns } = JSON.parse(await run(commands[1]!)) as { columns: object[] };
  expect(columns[0]).toMatchObject({
    stage: "OUTREACH",
    count: "1",
    amounts: [{ arr: { currencyCode: "USD", micros: "24000000000" }, overdueArr: { micros: "0" } }],
  });
});

test("a cache that asks, also while time passes, until the answer is another", async () => {
  const kept = () => JSON.parse(readFileSync(join(folder, "board.json"), "utf8")) as object;
  expect(await run(commands[2]!)).toBe("200\n");
  const first = kept();
  expect(first).toHaveProperty("asOfTime");
  await server.moveDays(1);
  expect(await run(commands[2]!)).toBe("304\n");
  expect(kept()).toEqual(first);
  const accounts = createClient(AccountService, server.transport);
  await accounts.createAccount({ account: { displayName: "Not on the board" } });
  expect(await run(commands[2]!)).toBe("304\n");
  await server.moveDays(200); // The renewal is overdue.
  expect(await run(commands[2]!)).toBe("200\n");
  expect(kept()).not.toEqual(first);
});

test("what is told to whoever knows nothing", async () => {
  expect(JSON.parse(await run(commands[3]!))).toMatchObject({ code: "not_found" });
});

test.each(curlsOf(helpText()))("--help: %s", async (command) => {
  expect(JSON.parse(await run(command))).not.toHaveProperty("code");
});
