// What the README tells people to type: in a copy of the repository as it is cloned, and against a real server.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { createClient, PipelineService } from "../src/index.js";
import { TestServer } from "../src/testing/index.js";
import { blocksOf, readmeBlocks } from "./readme.js";

// npm and tsc start slowly where much else is going on.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const root = new URL("../../../", import.meta.url).pathname;
const clone = mkdtempSync(join(tmpdir(), "perennial-clone-"));
const folder = join(clone, "client/typescript");
afterAll(() => rmSync(clone, { recursive: true }));

// npm and vitest tell what they run by variables; and what was downloaded once is not to be again.
const own = Object.entries(process.env).filter(([name]) => !/^npm_(?!config_cache)/i.test(name));
const env = {
  ...Object.fromEntries(own),
  npm_config_prefer_offline: "true",
  npm_config_ignore_scripts: "true",
  npm_config_audit: "false",
};

async function shell(script: string, cwd: string): Promise<void> {
  try {
    await promisify(execFile)("bash", ["-euc", script], { cwd, env, maxBuffer: 1e8 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${script} fails:\n${stdout}${stderr}`, { cause: error });
  }
}

beforeAll(async () => {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const what = [
    ...list,
    "package*.json",
    ".npmrc",
    "*tsconfig*",
    "protos",
    "client/typescript",
    "*/package.json",
  ];
  const { stdout } = await promisify(execFile)("git", what, { cwd: root });
  for (const path of stdout.split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    cpSync(join(root, path), join(clone, path));
  }
  for (const script of blocksOf("sh build")) await shell(script, clone);
});

test("a clone is built and packed by what it says", () => {
  expect(readFileSync(join(folder, "perennial-client-0.1.0.tgz")).length).toBeGreaterThan(10_000);
});

test("the examples run from a clone", async () => {
  const seed = new URL("seed.textproto", import.meta.url).pathname;
  const server = await TestServer.start({ date: "2025-08-04", seed });
  onTestFinished(() => server.stop());
  const pipeline = createClient(PipelineService, server.transport);
  await pipeline.openDueOpportunities({ parent: "accounts/-" });
  const commands = blocksOf("sh example").join("").trim().split("\n");
  expect(commands).toHaveLength(2);
  for (const command of commands) {
    const script = command.replace("http://127.0.0.1:50051", server.baseUrl);
    expect(script).not.toBe(command);
    // Of a group, as a terminal has it: Ctrl-C goes to all of it.
    const started = spawn("bash", ["-c", script], { cwd: folder, env, detached: true });
    const ended = once(started, "exit");
    const lines: string[] = [];
    for await (const line of createInterface(started.stdout)) {
      lines.push(line);
      if (/2025-12-01/.test(line)) process.kill(-started.pid!, "SIGINT");
    }
    await ended;
    expect(lines.join("\n")).toContain("2025-12-01");
  }
});

test("the blocks of code are one program that compiles", async () => {
  const program = blocksOf("ts");
  expect(program.length).toBeGreaterThan(5);
  const check = join(folder, "readme");
  mkdirSync(check);
  writeFileSync(join(check, "program.ts"), program.join("\n"));
  // As its types have it.
  writeFileSync(
    join(check, "react.d.ts"),
    `declare module "react" {
      export function useSyncExternalStore<Snapshot>(
        subscribe: (onStoreChange: () => void) => () => void,
        getSnapshot: () => Snapshot,
        getServerSnapshot?: () => Snapshot,
      ): Snapshot;
    }`,
  );
  writeFileSync(
    join(check, "tsconfig.json"),
    '{"extends": "../tsconfig.json", "compilerOptions": {"noUnusedLocals": false}, "include": ["."]}',
  );
  await shell("npx tsc -p readme", folder);
});

test("the board that it shows is the example", () => {
  const example = readFileSync(new URL("../example/board.ts", import.meta.url), "utf8");
  expect(blocksOf("ts board.ts")).toEqual([example]);
});

test("every block is of a kind that a test knows", () => {
  const known = ["ts", "ts board.ts", "sh build", "sh example", "sh install"];
  expect(readmeBlocks().filter(({ kind }) => !known.includes(kind))).toEqual([]);
});
