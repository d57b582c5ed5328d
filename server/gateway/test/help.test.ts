// What somebody is told who asks for what there is not, or in a way that is none.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGateway, type Gateway } from "../src/gateway.js";
import { startFakeBackend, type FakeBackend } from "./fake_backend.js";

let backend: FakeBackend;
let gateway: Gateway;
beforeAll(async () => {
  backend = await startFakeBackend({
    accounts: { listAccounts: () => ({}), getAccount: () => ({}), createAccount: () => ({}) },
  });
  const listen = "127.0.0.1:0";
  gateway = await startGateway({ listen, backend: backend.target, noCallLog: true });
});
afterAll(async () => {
  await gateway?.stop();
  backend?.stop();
});

interface Told {
  code: string;
  message: string;
  example?: string;
  cacheable?: string;
  services?: Record<string, string>;
}

async function ask(path: string, init: RequestInit = {}) {
  const response = await fetch(gateway.baseUrl + path, init);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  return { ...((await response.json()) as Told), status: response.status, response };
}
const post = (path: string, headers: Record<string, string>) =>
  ask(path, { method: "POST", headers, body: "{}" });
const json = { "content-type": "application/json" };

/** Runs what somebody was told to type, as they would. */
async function type(command: string) {
  const { stdout } = await promisify(execFile)("sh", ["-c", `${command} --silent`]);
  return JSON.parse(stdout) as object;
}

const get = "/perennial.v1.AccountService/GetAccount";
const write = "/perennial.v1.AccountService/CreateAccount";
const watch = "/perennial.v1.HistoryService/Watch";

describe("a name that there is not", () => {
  test.each([
    ["AccountService/GetAcount", "has no method GetAcount: did you mean GetAccount"],
    ["AccountService/getAccount", "did you mean GetAccount"],
    ["AccountService/GetBoard", "did you mean /perennial.v1.PipelineService/GetBoard?"],
    ["AccountService/Weather", "has no method Weather. The reference is perennial/v1/account_"],
  ])("%s", async (path, told) => {
    const { status, code, message } = await post(`/perennial.v1.${path}`, json);
    expect({ status, code }).toEqual({ status: 404, code: "unimplemented" });
    expect(message).toContain(told);
    expect(message).toContain("The reference is perennial/v1/account_service.proto");
  });

  test.each([
    ["perennial.v1.AcountService/GetAccount", "did you mean perennial.v1.AccountService?"],
    ["perennial.v2.AccountService/GetAccount", "did you mean perennial.v1.AccountService"],
    ["acme.AccountService/GetAccount", "did you mean perennial.v1.AccountService?"],
    ["acme.Other/GetBoard", "did you mean /perennial.v1.PipelineService/GetBoard?"],
    ["acme.Other/Weather", "The services are perennial.v1.AccountService, "],
  ])("%s", async (path, told) => {
    const { status, code, message } = await post(`/${path}`, json);
    expect({ status, code }).toEqual({ status: 404, code: "unimplemented" });
    expect(message).toContain("there is no service");
    expect(message).toContain(told);
  });

  test("is not said back in full where it is long", async () => {
    const { message } = await post(`/perennial.v1.AccountService/${"a".repeat(5000)}`, json);
    expect(message.length).toBeLessThan(500);
  });
});

describe("a path that is none of a method", () => {
  test.each(["/", "/v1/accounts", "/favicon.ico", "/perennial.v1.AccountService", "/?a=b"])(
    "%s is told how to call, with a command that works",
    async (path) => {
      const { status, code, example, cacheable, services } = await ask(path);
      expect({ status, code }).toEqual({ status: 404, code: "not_found" });
      expect(services).toMatchObject({
        "perennial.v1.PipelineService": "perennial/v1/pipeline_service.proto",
      });
      expect(await type(example!)).toMatchObject({ accounts: [] });
      expect(await type(cacheable!)).toMatchObject({ accounts: [] });
    },
  );

  test("is told which methods are like it", async () => {
    expect((await ask("/v1/accounts")).message).toContain("/perennial.v1.AccountService/ListAcc");
  });

  test("has no body where only its head was asked for", async () => {
    const response = await fetch(`${gateway.baseUrl}/`, { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([404, ""]);
  });
});

describe("a method that is called in a way that is none", () => {
  test.each([
    ["GET", write, "POST", "CreateAccount may change something"],
    ["HEAD", write, "POST", ""],
    ["PUT", write, "POST", "not by PUT"],
    ["GET", watch, "POST", "Watch streams"],
    ["DELETE", get, "GET, HEAD, POST", "by GET or POST, not by DELETE"],
  ])("by %s %s", async (method, path, allowed, told) => {
    const response = await fetch(gateway.baseUrl + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allowed);
    expect(await response.text()).toContain(told);
  });

  test("the command that is told instead works", async () => {
    const { example } = await ask(write);
    expect(await type(example!)).toHaveProperty("displayName");
  });

  test.each([
    ["application/x-www-form-urlencoded", get, "application/json, application/proto, "],
    ["application/connect+json", get, "application/json, application/proto, "],
    ["application/json", watch, "streams: it takes content-type: application/connect+json, "],
  ])("as %s of %s", async (asked, path, told) => {
    const { status, code, message, response } = await post(path, { "content-type": asked });
    expect({ status, code }).toEqual({ status: 415, code: "invalid_argument" });
    expect(message).toContain(told);
    expect(message).toContain(`not ${asked}`);
    expect(message).toContain(response.headers.get("accept-post"));
  });

  test("in a version of the protocol that there is not", async () => {
    const { status, message } = await post(get, { ...json, "connect-protocol-version": "2" });
    expect(status).toBe(400);
    expect(message).toBe("connect-protocol-version is 1, or not said at all: not 2");
  });

  test.each([
    ["", 400, "encoding is missing"],
    ["?encoding=xml&message=%7B%7D", 415, "encoding is json or proto, not xml"],
    ["?encoding=json", 400, "message is missing"],
    ["?encoding=json&message=%7B%7D&connect=v2", 400, "connect is v1, or not said at all: not v2"],
    ["?encoding=json&message=%25&base64=1", 400, "message is not base64"],
    ["?encoding=json&message=%7B", 400, "JSON"],
    ["?encoding=json&message=%7B%22nmae%22:1%7D", 400, 'did you mean "name"?'],
  ])("by GET with %s", async (query, status, told) => {
    const answer = await ask(get + query);
    expect(answer.message).toContain(told);
    expect(answer.status).toBe(status);
  });

  test("by GET with more than a URL can be", async () => {
    const answer = await ask(`${get}?encoding=json&message=${"a".repeat(9000)}`);
    expect(answer.status).toBe(414);
    expect(answer.message).toContain("send the message by POST");
  });
});

test.each([
  [get, "GET, HEAD, POST, OPTIONS"],
  [write, "POST, OPTIONS"],
])("OPTIONS of %s says how it is called", async (path, allowed) => {
  const response = await fetch(gateway.baseUrl + path, { method: "OPTIONS" });
  expect([response.status, response.headers.get("allow")]).toEqual([204, allowed]);
});
