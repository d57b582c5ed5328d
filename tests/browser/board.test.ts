// A page in a real browser, of another origin than the gateway that it calls.

import { createClient, type Client } from "@connectrpc/connect";
import {
  AccountService,
  Channel,
  EngagementService,
  PipelineService,
  Touch_Direction,
  Touch_Disposition,
  Touch_Intent,
} from "@perennial/client";
import { TestServer } from "@perennial/client/testing";
import { startGateway, type Gateway } from "@perennial/gateway";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { build, preview, type PreviewServer } from "vite";
import { launchChromium } from "./chromium.js";

const jane = "accounts/acme/contacts/jane";

let site: PreviewServer;
let browser: Browser;
beforeAll(async () => {
  const root = new URL("page", import.meta.url).pathname;
  const output = { outDir: "../dist/page", emptyOutDir: true, target: "es2022" };
  await build({ root, build: output, logLevel: "warn" });
  site = await preview({ root, build: output, preview: { port: 0, host: "127.0.0.1" } });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

describe.each(["connect", "grpc-web"])("over %s", (protocol) => {
  let server: TestServer;
  let gateway: Gateway;
  let page: Page;
  let pipeline: Client<typeof PipelineService>;
  let name: string;

  beforeEach(async () => {
    const seed = new URL("../../client/typescript/test/seed.textproto", import.meta.url).pathname;
    server = await TestServer.start({ date: "2025-08-04", seed });
    pipeline = createClient(PipelineService, server.transport);
    await pipeline.openDueOpportunities({ parent: "accounts/acme" });
    const { opportunities } = await pipeline.listOpportunities({ parent: "accounts/acme" });
    name = opportunities[0]!.name;

    const address = new URL(site.resolvedUrls!.local[0]!);
    gateway = await startGateway({
      listen: "127.0.0.1:0",
      backend: server.target,
      allowOrigin: [address.origin],
      noCallLog: true,
    });
    page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    address.search = String(new URLSearchParams({ gateway: gateway.baseUrl, protocol }));
    await page.goto(address.href);
    await cardIn("OUTREACH").waitFor();
  });
  afterEach(async () => {
    await page?.close();
    await gateway?.stop();
    await server?.stop();
  });

  const cardIn = (stage: string) =>
    page.getByRole("region", { name: stage }).getByRole("article").filter({ hasText: "Acme" });

  async function reachJane(): Promise<void> {
    await createClient(EngagementService, server.transport).createTouch({
      parent: "accounts/acme",
      touch: {
        channel: Channel.PHONE,
        direction: Touch_Direction.OUTBOUND,
        disposition: Touch_Disposition.CONNECTED,
        intent: Touch_Intent.GIVE,
        contacts: [jane],
      },
    });
    await createClient(AccountService, server.transport).verifyContact({ name: jane });
  }

  test("a click says what the gate asks for, and advances once that is there", async () => {
    await page.getByRole("button", { name: "Advance" }).click();
    const needs = page.getByRole("alert").getByRole("listitem");
    await needs.first().waitFor();
    const texts = await needs.allTextContents();
    expect(texts.map((text) => text.split(":")[0])).toEqual([
      "DECISION_ROLE_REACHED",
      "CONTACTS_VERIFIED",
      "GAVE_BEFORE_ASKING",
    ]);
    expect(texts[0]).toContain("CONNECTED touch");

    await reachJane();
    await page.getByRole("button", { name: "Advance" }).click();
    await cardIn("ADOPTION_REVIEW").waitFor();
    expect(await page.getByRole("alert").textContent()).toBe("");
  });

  test("what others do moves the board by itself, also after the server was gone", async () => {
    await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
    await reachJane();
    await pipeline.advanceOpportunity({ name });
    await cardIn("ADOPTION_REVIEW").waitFor();

    await server.kill();
    await page.getByRole("status").filter({ hasText: "Connecting" }).waitFor();
    await server.start();
    await pipeline.returnOpportunity({ name, toStage: 1, reason: "Somebody else decides now" });
    await cardIn("OUTREACH").waitFor();
  });
});
