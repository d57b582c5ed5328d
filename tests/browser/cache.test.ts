// A browser's own cache, and a page of another origin than the gateway that reads by GET.

import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@connectrpc/connect";
import { AccountService } from "@perennial/client";
import { TestServer } from "@perennial/client/testing";
import { startGateway, type Gateway } from "@perennial/gateway";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { launchChromium } from "./chromium.js";

/** The lines of the gateway's log: the browser shows a page 200 where its cache asked. */
const calls = new EventEmitter();
vi.spyOn(process.stderr, "write").mockImplementation((line) => {
  if (String(line).startsWith("{")) calls.emit("call", JSON.parse(String(line)));
  return true;
});

const site = createServer((_, response) => {
  response.writeHead(200, { "content-type": "text/html" });
  response.end("<title>A page</title>");
});
let origin: string;
let server: TestServer;
let gateway: Gateway;
let browser: Browser;
beforeAll(async () => {
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const seed = new URL("../../client/typescript/test/seed.textproto", import.meta.url).pathname;
  server = await TestServer.start({ seed });
  const allowOrigin = [origin];
  gateway = await startGateway({ listen: "127.0.0.1:0", backend: server.target, allowOrigin });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await server?.stop();
  site.close();
});

test("asks whether what it has is still right, and gets the whole only where it is not", async () => {
  const page = await browser.newPage();
  await page.goto(origin);
  const query = { connect: "v1", encoding: "json", message: '{"name":"accounts/acme"}' };
  const method = "/perennial.v1.AccountService/GetAccount";
  const url = `${gateway.baseUrl}${method}?${new URLSearchParams(query)}`;
  /** What the page reads, and what the gateway answered. */
  async function read() {
    const answered = once(calls, "call");
    const account = await page.evaluate(
      async (each) => (await (await fetch(each)).json()) as { displayName: string },
      url,
    );
    const [{ http_status }] = (await answered) as [{ http_status: number }];
    return [account.displayName, http_status];
  }
  expect(await read()).toEqual(["Acme", 200]);
  expect(await read()).toEqual(["Acme", 304]);
  const account = { name: "accounts/acme", displayName: "Acme Ltd" };
  await createClient(AccountService, server.transport).updateAccount({
    account,
    updateMask: { paths: ["display_name"] },
  });
  expect(await read()).toEqual(["Acme Ltd", 200]);
  expect(await read()).toEqual(["Acme Ltd", 304]);
  await page.close();
});
