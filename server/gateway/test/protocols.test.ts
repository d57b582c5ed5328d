// The real server through the gateway, over every protocol.

import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import {
  AccountService,
  detailsOf,
  ErrorReason,
  HistoryService,
  ImportService,
  list,
  PipelineService,
  watch,
} from "@perennial/client";
import { TestServer } from "@perennial/client/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGateway, type Gateway } from "../src/gateway.js";

let server: TestServer;
let gateway: Gateway;
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
});

const failure = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail("the call succeeds"),
    (error: unknown) => ConnectError.from(error),
  );

const protocols: [string, (baseUrl: string) => Transport][] = [
  ["Connect", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
  [
    "Connect with JSON",
    (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
  ],
  ["Connect over HTTP/2", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" })],
  ["gRPC-Web", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
  ["gRPC", (baseUrl) => createGrpcTransport({ baseUrl })],
];

describe.each(protocols)("%s", (protocol, connect) => {
  let transport: Transport;
  beforeAll(() => {
    transport = connect(gateway.baseUrl);
  });

  test("answers are the server's own", async () => {
    const request = { parent: "accounts/-" };
    const direct = createClient(PipelineService, server.transport);
    const through = createClient(PipelineService, transport);
    const answer = await through.listOpportunities(request);
    expect(answer.opportunities).toHaveLength(1);
    expect(answer.opportunities).toEqual((await direct.listOpportunities(request)).opportunities);
  });

  test("an unmet gate says what would meet it, word for word", async () => {
    const call = async (each: Transport) => {
      const pipeline = createClient(PipelineService, each);
      const { opportunities } = await pipeline.listOpportunities({ parent: "accounts/acme" });
      return failure(pipeline.advanceOpportunity({ name: opportunities[0]!.name }));
    };
    const [direct, through] = [await call(server.transport), await call(transport)];
    expect(through).toMatchObject({ code: direct.code, rawMessage: direct.rawMessage });
    expect(detailsOf(through)).toEqual(detailsOf(direct));
    expect(detailsOf(through)).toMatchObject({ reason: ErrorReason.GATE_UNMET });
  });

  test("the server knows who calls", async () => {
    const actor = `${protocol}@example.com`.replaceAll(" ", "-");
    const accounts = createClient(AccountService, transport);
    const headers = { "x-perennial-actor": actor, "x-perennial-role": "EDITOR" };
    const account = { displayName: "Called" };
    const { name } = await accounts.createAccount({ account }, { headers });
    const { changes } = await createClient(HistoryService, transport).listChanges({
      filter: `resource_name = "${name}"`,
    });
    expect(changes).toMatchObject([{ actor }]);
    const error = await failure(accounts.deleteAccount({ name }, { headers }));
    expect(detailsOf(error).reason).toBe(ErrorReason.ROLE_TOO_LOW);
  });

  test("a watch tells what happens", async () => {
    const { resumeToken } = await createClient(AccountService, transport).listAccounts({});
    const direct = createClient(AccountService, server.transport);
    const { name } = await direct.createAccount({ account: { displayName: "Watched" } });
    const history = createClient(HistoryService, transport);
    for await (const { changes } of watch(history, { resumeToken })) {
      if (changes.length === 0) continue;
      expect(changes).toMatchObject([{ resourceName: name }]);
      break;
    }
  });

  test("a list goes over its pages", async () => {
    const accounts = createClient(AccountService, transport);
    const listed = list(accounts.listAccounts, { pageSize: 1 });
    const names = [];
    for await (const { name } of listed) names.push(name);
    expect(names).toContain("accounts/acme");
  });
});

describe("streams in both directions need HTTP/2", () => {
  async function* chunks() {
    for (const name of ["accounts/a", "accounts/B"]) {
      const value = { name, displayName: name };
      yield { rows: [{ resource: { kind: { case: "account" as const, value } } }] };
    }
  }

  test.each([protocols[2]!, protocols[4]!])("%s has them", async (_, connect) => {
    const answers = createClient(ImportService, connect(gateway.baseUrl)).import(chunks());
    const rejected = [];
    for await (const { rejectedRows } of answers) rejected.push(rejectedRows.length);
    expect(rejected).toEqual([0, 1]);
  });

  test("HTTP/1.1 is told so", async () => {
    const client = createClient(ImportService, protocols[3]![1](gateway.baseUrl));
    const answers = client.import(chunks())[Symbol.asyncIterator]();
    expect((await failure(answers.next())).rawMessage).toContain("505");
  });
});

describe("curl", () => {
  const post = (method: string, body: string) =>
    fetch(`${gateway.baseUrl}/perennial.v1.${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });

  test("sends and gets plain JSON", async () => {
    const request = '{"parent":"accounts/-","pageSize":2}';
    const response = await post("PipelineService/ListOpportunities", request);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      opportunities: [{ stage: "OUTREACH", arr: { currencyCode: "USD", micros: "24000000000" } }],
    });
  });

  test("can read the details of errors", async () => {
    const response = await post("AccountService/GetAccount", '{"name":"accounts/nobody"}');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: "not_found",
      details: [
        { type: "google.rpc.ErrorInfo", debug: { reason: "RESOURCE_NOT_FOUND" } },
        { type: "google.rpc.ResourceInfo", debug: { resourceName: "accounts/nobody" } },
      ],
    });
  });

  test("is told of a field that does not exist", async () => {
    const response = await post("AccountService/GetAccount", '{"nome":"accounts/acme"}');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining('"nome"') as string,
    });
  });

  test("is told of a method that does not exist", async () => {
    const response = await post("AccountService/GetNothing", "{}");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "unimplemented" });
  });
});

test("a server that is down is told, and so is when to come back; then calls go on", async () => {
  const accounts = createClient(AccountService, protocols[0]![1](gateway.baseUrl));
  const health = async () => (await fetch(`${gateway.baseUrl}/health`)).status;
  expect(await health()).toBe(200);
  expect((await fetch(`${gateway.baseUrl}/health`, { method: "HEAD" })).status).toBe(200);
  await server.kill();
  const error = await failure(accounts.getAccount({ name: "accounts/acme" }));
  expect(error.code).toBe(Code.Unavailable);
  expect(detailsOf(error).retryDelayMs).toBe(1000);
  expect(error.rawMessage).not.toContain("127.0.0.1");
  expect(await health()).toBe(503);
  await server.start();
  expect((await accounts.getAccount({ name: "accounts/acme" })).displayName).toBe("Acme");
});
