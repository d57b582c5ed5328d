// Reads by GET, and caches that ask whether what they have is still right.

import { once } from "node:events";
import http2 from "node:http2";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AccountSchema, AccountService, GetAccountRequestSchema } from "@perennial/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startGateway, type Gateway } from "../src/gateway.js";
import { startFakeBackend, type FakeBackend } from "./fake_backend.js";

/** What the server behind has, and how it says it. */
const initially = {
  labels: { tier: "gold", region: "emea" } as Record<string, string>,
  displayName: "Acme",
  etag: "v1",
  timeLine: "first",
  now: 1,
};
let held = initially;
const seen: string[] = [];
let backend: FakeBackend;
let gateway: Gateway;
beforeAll(async () => {
  backend = await startFakeBackend({
    accounts: {
      getAccount({ name }, { responseHeader, requestHeader }) {
        seen.push(requestHeader.get("x-perennial-actor") ?? "local");
        responseHeader.set("x-perennial-time-line", held.timeLine);
        const { labels, displayName, etag } = held;
        return { name, labels, displayName, etag, description: "long ".repeat(500) };
      },
    },
    pipeline: {
      getBoard: () => ({
        columns: [{ count: BigInt(held.displayName.length) }],
        asOfTime: timestampFromMs(held.now),
      }),
    },
  });
  const listen = "127.0.0.1:0";
  gateway = await startGateway({ listen, backend: backend.target, noCallLog: true });
});
afterAll(async () => {
  await gateway?.stop();
  backend?.stop();
});
beforeEach(() => {
  held = initially;
  seen.length = 0;
});

const acme = { name: "accounts/acme" };
const binary = toBinary(GetAccountRequestSchema, create(GetAccountRequestSchema, acme));
const asJson = { connect: "v1", encoding: "json", message: JSON.stringify(acme) };
const board = "PipelineService/GetBoard";
const ofBoard = { ...asJson, message: '{"parent":"accounts/-"}' };

function get(
  query: Record<string, string> = asJson,
  init: RequestInit = {},
  method = "AccountService/GetAccount",
) {
  return fetch(`${gateway.baseUrl}/perennial.v1.${method}?${new URLSearchParams(query)}`, init);
}
const etagOf = async (...given: Parameters<typeof get>) =>
  (await get(...given)).headers.get("etag");

describe("a read is called by GET", () => {
  const encoded = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
  test.each([
    ["in JSON", asJson],
    ["without a version", { encoding: "json", message: asJson.message }],
    [
      "in JSON as base64",
      { ...asJson, base64: "1", message: encoded(Buffer.from(asJson.message)) },
    ],
    [
      "compressed",
      { ...asJson, base64: "1", compression: "gzip", message: encoded(gzipSync(asJson.message)) },
    ],
  ])("%s", async (_, query) => {
    const response = await get(query);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject(acme);
  });

  test("in protobuf's own format", async () => {
    const response = await get({ encoding: "proto", base64: "1", message: encoded(binary) });
    expect(response.headers.get("content-type")).toBe("application/proto");
    expect(Buffer.from(await response.arrayBuffer()).includes("accounts/acme")).toBe(true);
  });

  test.each([
    ["1.1", true],
    ["1.1", false],
    ["2", true],
    ["2", false],
  ] as const)(
    "by Connect's clients, over HTTP/%s, binary: %s",
    async (httpVersion, binaryFormat) => {
      const transport = createConnectTransport({
        baseUrl: gateway.baseUrl,
        httpVersion,
        useBinaryFormat: binaryFormat,
        useHttpGet: true,
      });
      const answered: Headers[] = [];
      const account = await createClient(AccountService, transport).getAccount(acme, {
        headers: { "x-perennial-actor": "jane" },
        onHeader: (header) => answered.push(header),
      });
      expect(account).toMatchObject({ $typeName: AccountSchema.typeName, ...acme });
      expect(seen).toEqual(["jane"]);
      expect(answered[0]!.get("etag")).toMatch(/^W\/"v1-/); // Only a GET has one.
    },
  );

  test("and by HEAD over HTTP/2", async () => {
    const session = http2.connect(gateway.baseUrl);
    const path = `/perennial.v1.AccountService/GetAccount?${new URLSearchParams(asJson)}`;
    const stream = session.request({ ":method": "HEAD", ":path": path });
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    expect(headers).toMatchObject({ ":status": 200, etag: await etagOf() });
    expect(await text(stream)).toBe("");
    session.close();
  });

  test("and by HEAD, without the body", async () => {
    const [whole, head] = [await get(), await get(asJson, { method: "HEAD" })];
    expect(await head.text()).toBe("");
    expect(head.status).toBe(200);
    for (const name of ["etag", "content-type", "vary", "cache-control"]) {
      expect(head.headers.get(name)).toBe(whole.headers.get(name));
    }
  });
});

describe("a cache", () => {
  test("may keep an answer for its caller, and has to ask about it", async () => {
    const { headers } = await get();
    expect(headers.get("cache-control")).toBe("private, no-cache");
    const vary = headers.get("vary")!.split(", ");
    for (const name of ["origin", "accept-encoding", "authorization", "x-perennial-actor"]) {
      expect(vary).toContain(name);
    }
    expect(vary).not.toContain("traceparent");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("is told the same of the past, which another database may not share", async () => {
    const message = JSON.stringify({ ...acme, readTime: "2020-01-01T00:00:00Z" });
    const { headers } = await get({ ...asJson, message });
    expect(headers.get("cache-control")).toBe("private, no-cache");
  });

  test("may keep no error, and no answer to a POST", async () => {
    const error = await get({ ...asJson, message: "{}" }, {}, "AccountService/ListAccounts");
    expect(error.status).toBe(501);
    expect(error.headers.get("cache-control")).toBe("no-store");
    expect(error.headers.get("etag")).toBeNull();
    const url = `${gateway.baseUrl}/perennial.v1.AccountService/GetAccount`;
    const headers = { "content-type": "application/json" };
    const post = await fetch(url, { method: "POST", headers, body: "{}" });
    expect(post.headers.get("etag")).toBeNull();
  });

  test.each([
    ["the tag", (etag: string) => etag],
    ["one of several", (etag: string) => `"other", ${etag} , W/"another"`],
    ["the tag as a strong one", (etag: string) => etag.slice(2)],
    ["anything", () => "*"],
  ])("that has %s is told 304, and nothing else", async (_, known) => {
    const etag = (await etagOf())!;
    const response = await get(asJson, { headers: { "if-none-match": known(etag) } });
    expect(response.status).toBe(304);
    expect(await response.text()).toBe("");
    expect(response.headers.get("etag")).toBe(etag);
    expect(response.headers.get("cache-control")).toBe("private, no-cache");
    expect(response.headers.get("vary")).toContain("x-perennial-actor");
    for (const name of ["content-type", "content-encoding", "content-length"]) {
      expect(response.headers.get(name)).toBeNull();
    }
  });

  test.each(['"other"', "v1", "", 'W/"v1"'])("that has %j is told all", async (known) => {
    const response = await get(asJson, { headers: { "if-none-match": known } });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject(acme);
  });
});

describe("the tag of an answer", () => {
  test("begins with the resource's own", async () => {
    expect(await etagOf()).toMatch(/^W\/"v1-[\w-]{22}"$/);
    expect(await etagOf(ofBoard, {}, board)).toMatch(/^W\/"[\w-]{22}"$/);
  });

  test("is the same for the same, however it is encoded", async () => {
    const etag = await etagOf();
    const proto = {
      encoding: "proto",
      base64: "1",
      message: Buffer.from(binary).toString("base64url"),
    };
    expect(await etagOf(proto)).toBe(etag);
    for (const coding of ["gzip", "br", "identity"]) {
      expect(await etagOf(asJson, { headers: { "accept-encoding": coding } })).toBe(etag);
    }
    held = { ...held, labels: { region: "emea", tier: "gold" } };
    expect(await etagOf()).toBe(etag);
  });

  test.each([
    ["a field", { displayName: "Acme!" }],
    ["an entry of a map", { labels: { tier: "gold", region: "apac" } }],
    ["the time line, as after a restore,", { timeLine: "second" }],
  ])("is another where %s is another", async (_, change) => {
    const etag = await etagOf();
    held = { ...held, ...change };
    expect(await etagOf()).not.toBe(etag);
  });

  test("does not depend on when it was asked for, but on what was found", async () => {
    const etag = await etagOf(ofBoard, {}, board);
    held = { ...held, now: 2 };
    expect(await etagOf(ofBoard, {}, board)).toBe(etag);
    held = { ...held, displayName: "Acme!" };
    expect(await etagOf(ofBoard, {}, board)).not.toBe(etag);
  });
});
