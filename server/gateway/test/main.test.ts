// The program: its flags, exit codes and log.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = new URL("../dist/main.js", import.meta.url).pathname;
const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, [program, ...args], { timeout: 20_000 }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

test("--help explains every flag", async () => {
  const { code, stdout } = await run("--help");
  expect(code).toBe(0);
  const source = readFileSync(new URL("../src/options.ts", import.meta.url), "utf8");
  const options = [...source.matchAll(/option: "(\w+)"/g)].map(([, name]) => name!);
  expect(options.length).toBeGreaterThan(10);
  for (const option of options) {
    expect(stdout).toContain(`--${option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`);
  }
  expect(stdout).toContain("Exit codes: 0 ended as asked, 1 failed, 2 wrong usage.");
});

test.each([
  ["a flag that does not exist", ["--nothing"], "--nothing"],
  ["a number that is none", ["--max-calls=many"], "--max-calls=many"],
  ["an address that is not loopback", ["--listen=0.0.0.0:0"], "--allow-remote"],
  ["a file that does not exist", ["--descriptors=no/such/file"], "no/such/file"],
  ["a backend that is none", ["--backend=nowhere"], "--backend=nowhere"],
])("%s is wrong usage", async (_, args, told) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(told);
});

test("a port that is taken fails", async () => {
  const server = (await import("node:net")).createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const { code, stderr } = await run(`--listen=127.0.0.1:${port}`);
  expect(code).toBe(1);
  expect(stderr).toContain("EADDRINUSE");
  server.close();
});

test("it writes its port, logs a line for each call, and ends when it is told to", async () => {
  const folder = mkdtempSync(join(tmpdir(), "perennial-gateway-"));
  const written = once(watch(folder), "change");
  const flags = ["--listen=127.0.0.1:0", "--backend=127.0.0.1:1", `--port-file=${folder}/port`];
  const gateway = spawn(process.execPath, [program, ...flags]);
  let log = "";
  gateway.stderr.on("data", (text: Buffer) => (log += text.toString()));
  await written;
  // The line comes after the file, which is then whole.
  while (!log.includes("serving")) await once(gateway.stderr, "data");
  const port = readFileSync(join(folder, "port"), "utf8").trim();
  rmSync(folder, { recursive: true });

  await fetch(`http://127.0.0.1:${port}/perennial.v1.AccountService/GetAccount`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-perennial-actor": "jane" },
    body: "{}",
  });
  await fetch(
    `http://127.0.0.1:${port}/perennial.v1.AccountService/GetAccount?encoding=json&message={}`,
  );
  gateway.kill("SIGTERM");
  expect(await once(gateway, "close")).toEqual([0, null]);
  const lines = log.trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
    "serving",
    "call",
    "call",
    "stopping",
  ]);
  expect(JSON.parse(lines[1]!)).toMatchObject({
    method: "perennial.v1.AccountService.GetAccount",
    code: "UNAVAILABLE",
    http_status: 503,
    protocol: "json",
    actor: "jane",
  });
  expect(JSON.parse(lines[2]!)).toMatchObject({ code: "UNAVAILABLE", protocol: "json" });
});
