import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { createClient } from "@connectrpc/connect";
import { AccountService, ClockService, PipelineService } from "../src/index.js";
import { TestServer, ThrowawayServer } from "../src/testing/index.js";

test("a server that is killed starts again on its data and port", async () => {
  const server = await TestServer.start();
  onTestFinished(() => server.stop());
  const { target } = server;
  const accounts = createClient(AccountService, server.transport);
  const { name } = await accounts.createAccount({ account: { displayName: "Kept" } });
  await server.kill();
  await server.start();
  expect(server.target).toBe(target);
  expect((await accounts.getAccount({ name })).displayName).toBe("Kept");
});

test("its clock stands until it is moved", async () => {
  const server = await TestServer.start({ date: "2030-02-28" });
  onTestFinished(() => server.stop());
  const clock = createClient(ClockService, server.transport);
  const seconds = async () => Number((await clock.getTime({})).time?.seconds);
  expect(await seconds()).toBe(Date.UTC(2030, 1, 28) / 1000);
  await server.moveDays(1);
  expect(await seconds()).toBe(Date.UTC(2030, 2, 1) / 1000);
});

const dueSoon = `
resources { product { name: "products/plan" display_name: "Plan" } }
resources { account { name: "accounts/a" display_name: "A" } }
resources { subscription {
  name: "accounts/a/subscriptions/s" product: "products/plan" seats: 1 term_months: 12
  arr { currency_code: "USD" micros: 1000000 }
  start_date { year: 2024 month: 2 day: 1 } } }`;

test("it holds its seed, over which the jobs have run, with the ids of a number", async () => {
  const renewalOf = async (idSeed: number) => {
    const server = await ThrowawayServer.start({ seedText: dueSoon, idSeed });
    onTestFinished(() => server.stop());
    const pipeline = createClient(PipelineService, server.transport);
    const { opportunities } = await pipeline.listOpportunities({ parent: "accounts/-" });
    expect(opportunities).toHaveLength(1);
    return opportunities[0]!.name;
  };
  const first = await renewalOf(1);
  expect(await renewalOf(1)).toBe(first);
  expect(await renewalOf(2)).not.toBe(first);
});

test("it tells the requests that failed", async () => {
  const server = await TestServer.start();
  onTestFinished(() => server.stop());
  const accounts = createClient(AccountService, server.transport);
  await expect(accounts.getAccount({ name: "accounts/nobody" })).rejects.toThrow();
  expect(server.describeFailure()).toContain(String.raw`"request":"name: \"accounts/nobody\""`);
});

test("a server that cannot start says why", async () => {
  const start = TestServer.start({ flags: ["--no-such-flag"] });
  await expect(start).rejects.toThrow("no-such-flag");
});

test("a seed that is refused is told", async () => {
  await expect(TestServer.start({ seed: "no/such/file" })).rejects.toThrow("no/such/file");
});

test("it ends with the process that started it, however that ends", async () => {
  const module = new URL("../dist/testing/index.js", import.meta.url).href;
  const script = `const { TestServer } = await import("${module}");
    console.log((await TestServer.start()).target);
    setInterval(() => {}, 1000);`;
  // Nobody is left to remove the server's folder.
  const folder = mkdtempSync(join(tmpdir(), "perennial-owner-"));
  const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: folder },
  });
  // Ends where the process does before it says a word.
  const { value: target } = await createInterface(owner.stdout)[Symbol.asyncIterator]().next();
  const connection = connect(Number(String(target).split(":")[1]), "127.0.0.1");
  await once(connection, "connect");
  const closed = new Promise((resolve) => connection.resume().once("close", resolve));
  connection.on("error", () => {}); // A reset is as good an end.
  owner.kill("SIGKILL");
  await closed;
  rmSync(folder, { recursive: true });
});
