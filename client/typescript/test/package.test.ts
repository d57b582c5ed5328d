// The package as other projects install it: from its file, by npm and by pnpm, which gives each package only what
// it asks for; compiled as strictly as can be, and run.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { blocksOf } from "./readme.js";

const root = new URL("../../../", import.meta.url).pathname;
const modules = join(root, "node_modules");
const file = "perennial-client-0.1.0.tgz";
// npm and pnpm start slowly where much else is going on.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const home = mkdtempSync(join(tmpdir(), "perennial-package-"));
afterAll(() => rmSync(home, { recursive: true }));

async function run(folder: string, command: string, ...args: string[]): Promise<string> {
  // Vitest and npm tell what they run by variables that npm and pnpm read.
  const own = Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_/i.test(name));
  const env = { ...Object.fromEntries(own), HOME: home, CI: "1" };
  const options = { cwd: folder, env, maxBuffer: 1e8 };
  try {
    return (await promisify(execFile)(command, args, options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} fails:\n${stdout}${stderr}`, { cause: error });
  }
}

beforeAll(async () => {
  await run(join(root, "client/typescript"), "npm", "pack", "--silent", "--pack-destination", home);
});

// The packages of package-lock.json, as files: no registry is needed.
const place = (name: string) => `file:${join(modules, name)}`;
const project = { type: "module", private: true };
// npm cannot override what a package in a folder asks for.
const typedProject = {
  ...project,
  devDependencies: { "@types/node": place("@types/node") },
  pnpm: { overrides: { "undici-types": place("undici-types") } },
};

/** Carries out one of the README's lines in a new project, whose folder it answers. */
async function install(line: string, manifest: object, ...flags: string[]): Promise<string> {
  const [program = "", ...args] = line.trim().split(" ");
  const folder = join(home, program);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  cpSync(join(home, file), join(folder, file));
  const command = program === "pnpm" ? join(modules, ".bin/pnpm") : program;
  const named = args.map((each) => (each.startsWith("@") ? `${each}@${place(each)}` : each));
  await run(folder, command, ...named, ...flags);
  return folder;
}

async function compile(folder: string, name: string, options: object): Promise<void> {
  cpSync(new URL(`consumer/${name}.ts`, import.meta.url).pathname, join(folder, `${name}.ts`));
  const compilerOptions = {
    target: "es2022",
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    skipLibCheck: false,
    ...options,
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: [`${name}.ts`] }),
  );
  await run(folder, join(modules, ".bin/tsc"), "-p", ".");
}

const [npm, pnpm] = blocksOf("sh install");

test("an app in a browser", async () => {
  const folder = await install(
    npm!,
    project,
    "--offline",
    "--install-links",
    "--no-audit",
    "--ignore-scripts",
  );
  await compile(folder, "web", { lib: ["es2022", "dom", "dom.iterable"], types: [] });
});

test("a program in Node, with pnpm's strict node_modules", async () => {
  const flags = ["--offline", "--ignore-scripts", "--config.strict-peer-dependencies=true"];
  const folder = await install(pnpm!, typedProject, ...flags);
  await compile(folder, "node", { types: ["node"] });
  expect(await run(folder, process.execPath, "node.js")).toBe("Acme\n");
});

test("what a browser loads has nothing of Node in it", () => {
  const dist = new URL("../dist/", import.meta.url);
  const external = new Set<string>();
  const seen = new Set<string>();
  const visit = (module: URL) => {
    if (seen.has(module.href)) return;
    seen.add(module.href);
    const source = readFileSync(module, "utf8");
    for (const [, name] of source.matchAll(/^(?:import|export)\b[^;]*?from "(.*)";$/gm)) {
      if (name!.startsWith(".")) visit(new URL(name!, module));
      else external.add(name!);
    }
    expect(source).not.toMatch(/\bimport\(|^import "/m);
  };
  visit(new URL("index.js", dist));
  visit(new URL("web.js", dist));
  expect(seen.size).toBeGreaterThan(20);
  expect([...external].sort()).toEqual([
    "@bufbuild/protobuf",
    "@bufbuild/protobuf/codegenv2",
    "@bufbuild/protobuf/reflect",
    "@bufbuild/protobuf/wkt",
    "@connectrpc/connect",
    "@connectrpc/connect-web",
  ]);
});
