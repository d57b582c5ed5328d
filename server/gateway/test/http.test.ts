// What is refused before it becomes a call, and pages of other origins.

import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGateway, type Gateway } from "../src/gateway.js";
import { startFakeBackend, type FakeBackend } from "./fake_backend.js";

const page = "http://app.example";
let backend: FakeBackend;
let gateway: Gateway;
beforeAll(async () => {
  backend = await startFakeBackend({
    accounts: { getAccount: ({ name }) => ({ displayName: `${name.length}` }) },
  });
  gateway = await startGateway({
    listen: "127.0.0.1:0",
    backend: backend.target,
    allowOrigin: [page],
    maxMessageBytes: 1024,
    maxHeaderBytes: 2048,
    noCallLog: true,
  });
});
afterAll(async () => {
  await gateway.stop();
  backend.stop();
});

const method = "/perennial.v1.AccountService/GetAccount";
function post(body: string, headers: Record<string, string> = {}) {
  return fetch(gateway.baseUrl + method, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}
/** What comes of bytes that fetch() would not send. */
async function raw(request: string, port = gateway.port): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(request);
  return text(socket);
}
const preflight = (origin: string, headers: string) =>
  fetch(gateway.baseUrl + method, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": headers,
    },
  });

describe("origins", () => {
  test("a page that is named may ask to call, with the headers of the protocols and its own", async () => {
    const response = await preflight(
      page,
      "connect-protocol-version,connect-timeout-ms,content-type,x-grpc-web,x-perennial-actor,x-other,if-none-match",
    );
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe(page);
    expect(response.headers.get("access-control-allow-methods")).toBe("POST, GET");
    expect(response.headers.get("access-control-allow-headers")).toBe(
      "connect-protocol-version, connect-timeout-ms, content-type, x-grpc-web, x-perennial-actor, if-none-match",
    );
  });

  test("it can read answers, and what the protocols say in headers", async () => {
    const response = await post('{"name":"abc"}', { origin: page });
    expect(await response.json()).toMatchObject({ displayName: "3" });
    expect(response.headers.get("access-control-allow-origin")).toBe(page);
    expect(response.headers.get("vary")).toContain("Origin");
    const exposed = response.headers.get("access-control-expose-headers")?.toLowerCase();
    for (const name of ["grpc-status", "grpc-message", "grpc-status-details-bin", "x-request-id"]) {
      expect(exposed).toContain(name);
    }
  });

  test("it can get answers, and what tells them apart", async () => {
    const query = "?connect=v1&encoding=json&message=%7B%22name%22%3A%22abc%22%7D";
    const get = (headers: Record<string, string>) =>
      fetch(gateway.baseUrl + method + query, { headers: { origin: page, ...headers } });
    const response = await get({});
    expect(await response.json()).toMatchObject({ displayName: "3" });
    const again = await get({ "if-none-match": response.headers.get("etag")! });
    expect([response.status, again.status]).toEqual([200, 304]);
    for (const { headers } of [response, again]) {
      expect(headers.get("access-control-allow-origin")).toBe(page);
      expect(headers.get("access-control-expose-headers")).toContain("etag");
      expect(headers.get("vary")).toContain("origin");
    }
  });

  test.each(["http://evil.example", "http://app.example.evil.example", "null"])(
    "a page of %s may neither ask nor call",
    async (origin) => {
      for (const response of [
        await preflight(origin, "content-type"),
        await post("{}", { origin }),
      ]) {
        expect(response.status).toBe(403);
        expect(response.headers.get("access-control-allow-origin")).toBeNull();
      }
    },
  );

  test("a page whose name was made to point here is refused", async () => {
    const rebound = await startGateway({
      listen: "127.0.0.1:0",
      backend: backend.target,
      noCallLog: true,
    });
    const response = await fetch(rebound.baseUrl + method, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        origin: `http://evil.example:${rebound.port}`,
      },
      body: "{}",
    });
    expect(response.status).toBe(403);
    await rebound.stop();
  });

  // To the browser it is of its own origin, of which a GET says nothing.
  test.each([
    ["evil.example", "HTTP/1.1 421 "],
    ["app.example", "HTTP/1.1 200 "], // As --allow-origin names it.
    ["localhost:8080", "HTTP/1.1 200 "],
    ["127.0.0.1", "HTTP/1.1 200 "],
    ["[::1]:8080", "HTTP/1.1 200 "],
  ])("a GET of %s", async (host, expected) => {
    const url = `${method}?encoding=json&message=%7B%7D`;
    const answer = await raw(`GET ${url} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    expect(answer.slice(0, expected.length)).toBe(expected);
  });

  test("a GET of any name, where something in front tells callers apart", async () => {
    const listen = "127.0.0.1:0";
    const options = { listen, backend: backend.target, allowRemote: true, noCallLog: true };
    const remote = await startGateway(options);
    const url = `${method}?encoding=json&message=%7B%7D`;
    const request = `GET ${url} HTTP/1.1\r\nhost: gateway.example\r\nconnection: close\r\n\r\n`;
    expect(await raw(request, remote.port)).toMatch(/^HTTP\/1.1 200 /);
    await remote.stop();
  });
});

describe("limits", () => {
  test("a message that is too large", async () => {
    expect((await post(JSON.stringify({ name: "a".repeat(900) }))).status).toBe(200);
    const response = await post(JSON.stringify({ name: "a".repeat(1100) }));
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ code: "resource_exhausted" });
  });

  test("a small message that unpacks to a large one", async () => {
    const packed = new Blob([JSON.stringify({ name: "a".repeat(100_000) })])
      .stream()
      .pipeThrough(new CompressionStream("gzip"));
    const response = await fetch(gateway.baseUrl + method, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: await new Response(packed).arrayBuffer(),
    });
    expect(await response.json()).toMatchObject({ code: "resource_exhausted" });
  });

  test("a header that is too large", async () => {
    const response = await post("{}", { "x-perennial-actor": "a".repeat(4000) });
    expect(response.status).toBe(431);
  });
});

describe("requests that are no calls", () => {
  test.each([
    ["text", { "content-type": "text/plain" }, 415],
    ["JSON that is none", { "content-type": "application/json" }, 400],
  ])("%s", async (_, headers, status) => {
    expect((await post("name=", headers)).status).toBe(status);
  });

  test("GET of a method that may change something", async () => {
    const query = "?encoding=json&message=%7B%7D&connect=v1";
    const write = "/perennial.v1.AccountService/CreateAccount";
    expect((await fetch(gateway.baseUrl + write + query)).status).toBe(405);
  });

  test.each([
    ["none, as HTTP/1.0 allows", "1.0", ""],
    ["what is none", "1.1", "host: a b\r\n"],
  ])("a host: %s", async (_, version, host) => {
    const request = `POST ${method} HTTP/${version}\r\n${host}content-length: 0\r\nconnection: close`;
    const answer = await raw(`${request}\r\ncontent-type: application/json\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain("which host");
    expect((await post("{}")).status).toBe(200); // It still serves.
  });

  test("a folder that is not there", async () => {
    expect((await fetch(`${gateway.baseUrl}/../../etc/passwd`)).status).toBe(404);
  });
});
