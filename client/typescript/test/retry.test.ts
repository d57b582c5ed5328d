// What is attempted again, against a server that fails as it is told.

import {
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type ServiceImpl,
} from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../src/gen/google/rpc/error_details_pb.js";
import {
  AccountService,
  ImportService,
  perennialTransport,
  type RetryPolicy,
} from "../src/index.js";

const quick = { initialBackoffMs: 1, maxBackoffMs: 2 };

/** A client of a server whose first calls end in these errors, and the requests that it got. */
function failing(...errors: ConnectError[]) {
  return failingWith(quick, ...errors);
}

function failingWith(retry: Partial<RetryPolicy>, ...errors: ConnectError[]) {
  const requestIds: string[] = [];
  const answer = (request: { requestId?: string }) => {
    requestIds.push(request.requestId ?? "");
    const error = errors.shift();
    if (error) throw error;
    return {};
  };
  const implementation: Partial<ServiceImpl<typeof AccountService>> = {
    createAccount: answer,
    getAccount: answer as () => object,
  };
  const server = createRouterTransport((router) => router.service(AccountService, implementation));
  const client = createClient(AccountService, perennialTransport(server, { retry }));
  return { client, requestIds };
}

const unavailable = () => new ConnectError("", Code.Unavailable);
const detail = { desc: RetryInfoSchema, value: { retryDelay: { nanos: 1_000_000 } } };
const overloaded = () => new ConnectError("", Code.ResourceExhausted, undefined, [detail]);
const conflict = (reason: string) =>
  new ConnectError("", Code.Aborted, undefined, [
    { desc: ErrorInfoSchema, value: { domain: "perennial", reason } },
  ]);

test("all attempts of a call have one request_id", async () => {
  const { client, requestIds } = failing(unavailable(), overloaded(), conflict("WRITE_CONFLICT"));
  await client.createAccount({});
  expect(requestIds).toHaveLength(4);
  expect(new Set(requestIds).size).toBe(1);
  expect(requestIds[0]).not.toBe("");
});

test("all attempts of a call are on one time line", async () => {
  const named: (string | null)[] = [];
  const server = createRouterTransport((router) =>
    router.service(AccountService, {
      createAccount(_, context) {
        named.push(context.requestHeader.get("x-perennial-time-line"));
        context.responseHeader.set("x-perennial-time-line", `line ${named.length}`);
        if (named.length === 2) {
          throw new ConnectError("", Code.Unavailable, { "x-perennial-time-line": "line 2" });
        }
        return {};
      },
    }),
  );
  const client = createClient(AccountService, perennialTransport(server, { retry: quick }));
  await client.createAccount({});
  await client.createAccount({});
  await client.createAccount({});
  expect(named).toEqual([null, "line 1", "line 1", "line 3"]);
});

test("reads are attempted again", async () => {
  const { client, requestIds } = failing(unavailable());
  await client.getAccount({});
  expect(requestIds).toHaveLength(2);
});

test.each([
  ["a wrong argument", new ConnectError("", Code.InvalidArgument)],
  ["a changed resource", conflict("ETAG_MISMATCH")],
  ["an error of the server", new ConnectError("", Code.Internal)],
  ["a quota that does not pass", new ConnectError("", Code.ResourceExhausted)],
])("%s is told at once", async (_, error) => {
  const { client, requestIds } = failing(error);
  await expect(client.createAccount({})).rejects.toMatchObject({ code: error.code });
  expect(requestIds).toHaveLength(1);
});

test("a server that restarts is waited for as long as the timeout allows", async () => {
  const { client, requestIds } = failing(...Array.from({ length: 30 }, unavailable));
  await client.createAccount({});
  expect(requestIds).toHaveLength(31);
  expect(new Set(requestIds).size).toBe(1);
});

test("the last error is told when the attempts are used up", async () => {
  const { client, requestIds } = failingWith(
    { ...quick, maxAttempts: 4 },
    ...Array.from({ length: 9 }, unavailable),
  );
  await expect(client.createAccount({})).rejects.toMatchObject({ code: Code.Unavailable });
  expect(requestIds).toHaveLength(4);
});

test("the last error is told where no time is left for another attempt", async () => {
  const later = { desc: RetryInfoSchema, value: { retryDelay: { seconds: 60n } } };
  const { client } = failing(new ConnectError("", Code.Unavailable, undefined, [later]));
  const call = client.createAccount({}, { timeoutMs: 10_000 });
  await expect(call).rejects.toMatchObject({ code: Code.Unavailable });
});

test("the caller's request stays as it is", async () => {
  const { client, requestIds } = failing();
  const request = {};
  await client.createAccount(request);
  await client.createAccount(request);
  expect(request).toEqual({});
  expect(requestIds[0]).not.toBe(requestIds[1]);
});

test("streams are not attempted again", async () => {
  let calls = 0;
  const server = createRouterTransport((router) =>
    router.service(ImportService, {
      async *import() {
        calls++;
        throw unavailable();
      },
    }),
  );
  const client = createClient(ImportService, perennialTransport(server));
  const responses = client.import((async function* () {})());
  await expect(responses[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: Code.Unavailable,
  });
  expect(calls).toBe(1);
});
