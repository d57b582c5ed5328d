// What passes through a call and what ends it, with a server behind that does as it is told.

import { Code, ConnectError, createClient, type HandlerContext } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { AccountService, HistoryService } from "@perennial/client";
import { afterEach, expect, test } from "vitest";
import { startGateway, type Gateway } from "../src/gateway.js";
import type { GatewayOptions } from "../src/options.js";
import { startFakeBackend, type FakeBackend } from "./fake_backend.js";

let backend: FakeBackend;
let gateway: Gateway;
afterEach(async () => {
  await gateway.stop();
  backend.stop();
});

async function serve(
  methods: Parameters<typeof startFakeBackend>[0],
  options: Partial<GatewayOptions> = {},
) {
  backend = await startFakeBackend(methods);
  const listen = "127.0.0.1:0";
  gateway = await startGateway({ listen, backend: backend.target, noCallLog: true, ...options });
}

const accounts = () =>
  createClient(AccountService, createConnectTransport({ baseUrl: gateway.baseUrl }));
const transports = [
  ["Connect", createConnectTransport],
  ["gRPC-Web", createGrpcWebTransport],
] as const;

/** A promise and what settles it. */
function signalled<T = void>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((each) => (resolve = each));
  return { promise, resolve };
}

const aborted = (context: HandlerContext) =>
  new Promise<never>((_, reject) => {
    context.signal.addEventListener("abort", () => reject(context.signal.reason as Error));
  });

test("metadata passes both ways, and only what is named", async () => {
  const seen = signalled<Headers>();
  await serve(
    {
      accounts: {
        getAccount(_, context) {
          seen.resolve(context.requestHeader);
          context.responseHeader.set("x-request-id", "7");
          context.responseTrailer.set("x-cost-units", "3");
          context.responseTrailer.set("x-internal", "secret");
          return {};
        },
      },
    },
    { forwardHeader: ["x-cost-*"] },
  );
  const answered = signalled<Headers>();
  const trailed = signalled<Headers>();
  const headers = { "x-perennial-actor": "jane", cookie: "session=1", "x-cost-centre": "9" };
  await accounts().getAccount(
    {},
    { headers, onHeader: answered.resolve, onTrailer: trailed.resolve },
  );
  const sent = await seen.promise;
  expect(sent.get("x-perennial-actor")).toBe("jane");
  expect(sent.get("x-cost-centre")).toBe("9");
  expect(sent.get("cookie")).toBeNull();
  expect((await answered.promise).get("x-request-id")).toBe("7");
  expect((await trailed.promise).get("x-cost-units")).toBe("3");
  expect((await trailed.promise).get("x-internal")).toBeNull();
});

test.each(transports)("%s: a stream arrives message by message", async (_, transport) => {
  const next = signalled();
  await serve({
    history: {
      async *watch(request) {
        yield { resumeToken: `${request.resumeToken}1` };
        await next.promise; // Not before the first was read.
        yield { resumeToken: `${request.resumeToken}2` };
      },
    },
  });
  const history = createClient(HistoryService, transport({ baseUrl: gateway.baseUrl }));
  const tokens = [];
  for await (const { resumeToken } of history.watch({ resumeToken: "t" })) {
    tokens.push(resumeToken);
    next.resolve();
  }
  expect(tokens).toEqual(["t1", "t2"]);
});

test.each(transports)(
  "%s: an error in a stream comes after what came before",
  async (_, transport) => {
    await serve({
      history: {
        async *watch() {
          yield { resumeToken: "1" };
          throw new ConnectError("too old", Code.OutOfRange);
        },
      },
    });
    const history = createClient(HistoryService, transport({ baseUrl: gateway.baseUrl }));
    const answers = history.watch({})[Symbol.asyncIterator]();
    expect(await answers.next()).toMatchObject({ value: { resumeToken: "1" } });
    await expect(answers.next()).rejects.toMatchObject({
      code: Code.OutOfRange,
      rawMessage: "too old",
    });
  },
);

test.each(transports)("%s: who leaves a stream ends it behind as well", async (_, transport) => {
  const ended = signalled();
  await serve({
    history: {
      async *watch(_request, context) {
        yield { resumeToken: "1" };
        await aborted(context).finally(ended.resolve);
      },
    },
  });
  const leave = new AbortController();
  const history = createClient(HistoryService, transport({ baseUrl: gateway.baseUrl }));
  const answers = history.watch({}, { signal: leave.signal })[Symbol.asyncIterator]();
  await answers.next();
  leave.abort();
  await ended.promise;
});

test("who gives up a call ends it behind as well", async () => {
  const leave = new AbortController();
  const ended = signalled();
  await serve({
    accounts: {
      getAccount(_, context) {
        leave.abort();
        return aborted(context).finally(ended.resolve);
      },
    },
  });
  const call = accounts().getAccount({}, { signal: leave.signal });
  await expect(call).rejects.toMatchObject({ code: Code.Canceled });
  await ended.promise;
});

test("a call that the server behind cancels is cancelled", async () => {
  await serve({
    accounts: {
      getAccount() {
        throw new ConnectError("not now", Code.Canceled);
      },
    },
  });
  await expect(accounts().getAccount({})).rejects.toMatchObject({ code: Code.Canceled });
});

test("a deadline passes through, and holds", async () => {
  const left = signalled<number | undefined>();
  await serve({
    accounts: {
      getAccount(_, context) {
        left.resolve(context.timeoutMs());
        return aborted(context);
      },
    },
  });
  // As curl says it: nothing but the gateway keeps this client's time.
  const response = await fetch(`${gateway.baseUrl}/perennial.v1.AccountService/GetAccount`, {
    method: "POST",
    headers: { "content-type": "application/json", "connect-timeout-ms": "200" },
    body: "{}",
  });
  expect(await response.json()).toMatchObject({ code: "deadline_exceeded" });
  expect(await left.promise).toBeLessThanOrEqual(200);
});

test("a call without a deadline gets the gateway's", async () => {
  await serve({ accounts: { getAccount: (_, context) => aborted(context) } }, { callSeconds: 1 });
  await expect(accounts().getAccount({})).rejects.toMatchObject({ code: Code.DeadlineExceeded });
});

test("calls beyond the limit are refused, to be retried; streams are counted apart", async () => {
  const running = signalled();
  const finish = signalled();
  await serve(
    {
      accounts: {
        async getAccount() {
          running.resolve();
          await finish.promise;
          return {};
        },
      },
      history: {
        async *watch() {
          yield {};
        },
      },
    },
    { maxCalls: 1, maxStreams: 1 },
  );
  const first = accounts().getAccount({});
  await running.promise;
  await expect(accounts().getAccount({})).rejects.toMatchObject({
    code: Code.ResourceExhausted,
    details: [{ type: "google.rpc.RetryInfo" }],
  });
  const transport = createConnectTransport({ baseUrl: gateway.baseUrl });
  // Twice: what has ended counts no more.
  for (let i = 0; i < 2; i++) {
    for await (const _ of createClient(HistoryService, transport).watch({}));
  }
  finish.resolve();
  await first;
  await accounts().getAccount({});
});

test("a stop ends streams to be taken up again, and lets calls finish", async () => {
  const running = signalled();
  const finish = signalled();
  await serve({
    accounts: {
      async getAccount() {
        running.resolve();
        await finish.promise;
        return { displayName: "Finished" };
      },
    },
    history: {
      async *watch(_, context) {
        yield { resumeToken: "1" };
        await aborted(context);
      },
    },
  });
  const call = accounts().getAccount({});
  const transport = createConnectTransport({ baseUrl: gateway.baseUrl });
  const answers = createClient(HistoryService, transport).watch({})[Symbol.asyncIterator]();
  await answers.next();
  await running.promise;
  const stopped = gateway.stop();
  await expect(answers.next()).rejects.toMatchObject({ code: Code.Unavailable });
  finish.resolve();
  expect((await call).displayName).toBe("Finished");
  await stopped;
  await expect(fetch(gateway.baseUrl)).rejects.toThrow();
});
