// The client against a real server.

import { Code, ConnectError, createClient, type Client } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  AccountService,
  Criterion_Type,
  DeadlineError,
  detailsOf,
  ErrorReason,
  HistoryService,
  label,
  list,
  PipelineService,
  Role,
  watch,
} from "../src/index.js";
import { TestServer } from "../src/testing/index.js";

let server: TestServer;
let accounts: Client<typeof AccountService>;
let pipeline: Client<typeof PipelineService>;
beforeAll(async () => {
  const seed = new URL("seed.textproto", import.meta.url).pathname;
  server = await TestServer.start({ date: "2025-08-04", seed });
  accounts = createClient(AccountService, server.transport);
  pipeline = createClient(PipelineService, server.transport);
});
afterAll(() => server?.stop());

const failure = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail("the call succeeds"),
    (error: unknown) => ConnectError.from(error),
  );

describe("errors", () => {
  test("an unmet gate says what would meet it", async () => {
    await pipeline.openDueOpportunities({ parent: "accounts/acme" });
    const { opportunities } = await pipeline.listOpportunities({ parent: "accounts/acme" });
    const error = await failure(pipeline.advanceOpportunity({ name: opportunities[0]!.name }));
    expect(error.code).toBe(Code.FailedPrecondition);
    const { reason, violations, unmet } = detailsOf(error);
    expect(reason).toBe(ErrorReason.GATE_UNMET);
    expect(violations.map(({ subject }) => subject)).toEqual([
      "DECISION_ROLE_REACHED",
      "CONTACTS_VERIFIED",
      "GAVE_BEFORE_ASKING",
    ]);
    expect(violations[0]!.description).toContain("CONNECTED touch");
    expect(unmet.map(({ criterion }) => label(Criterion_Type, criterion))).toEqual([
      "Decision role reached",
      "Contacts verified",
      "Gave before asking",
    ]);
  });

  test("a wrong field is named", async () => {
    const error = await failure(accounts.createAccount({ account: { country: "Germany" } }));
    expect(error.code).toBe(Code.InvalidArgument);
    const { reason, violations } = detailsOf(error);
    expect(reason).toBe(ErrorReason.INVALID_FIELD);
    expect(violations.map(({ subject }) => subject)).toContain("account.display_name");
  });

  test("what is missing is named", async () => {
    const error = await failure(accounts.getAccount({ name: "accounts/nobody" }));
    expect(error.code).toBe(Code.NotFound);
    expect(detailsOf(error)).toMatchObject({
      reason: ErrorReason.RESOURCE_NOT_FOUND,
      resource: { name: "accounts/nobody" },
    });
  });

  test("other errors have no details", () => {
    expect(detailsOf(new Error("something else"))).toEqual({
      reason: ErrorReason.ERROR_REASON_UNSPECIFIED,
      metadata: {},
      violations: [],
      fields: [],
      unmet: [],
    });
  });
});

test("a list goes over all pages, and can be gone through again", async () => {
  for (let i = 0; i < 7; i++) {
    await accounts.createAccount({
      accountId: `paged-${i}`,
      account: { displayName: `Paged ${i}` },
    });
  }
  const request = { filter: 'display_name:"Paged"', orderBy: "name desc", pageSize: 3 };
  const listing = list(accounts.listAccounts, request);
  for (let round = 0; round < 2; round++) {
    const names: string[] = [];
    for await (const account of listing) names.push(account.displayName);
    expect(names).toEqual([6, 5, 4, 3, 2, 1, 0].map((i) => `Paged ${i}`));
  }
});

test("a request_id is made for each call, and a caller's own is kept", async () => {
  const request = { account: { displayName: "Twice" } };
  const first = await accounts.createAccount(request);
  const second = await accounts.createAccount(request);
  expect(second.name).not.toBe(first.name);

  const same = { ...request, requestId: "0190d6a1-0000-4000-8000-000000000001" };
  const third = await accounts.createAccount(same);
  expect(await accounts.createAccount(same)).toEqual(third);
});

test("the history knows the caller, whose role can be lowered", async () => {
  const kim = createClient(AccountService, server.as({ actor: "kim", role: Role.EDITOR }));
  const { name } = await kim.createAccount({ account: { displayName: "Kim's" } });
  const history = createClient(HistoryService, server.transport);
  const { changes } = await history.listChanges({ filter: `resource_name = "${name}"` });
  expect(changes).toMatchObject([{ actor: "kim" }]);

  const error = await failure(kim.deleteAccount({ name }));
  expect(error.code).toBe(Code.PermissionDenied);
  expect(detailsOf(error).reason).toBe(ErrorReason.ROLE_TOO_LOW);
});

test("a watch goes on from a list, also after the server was gone, and misses nothing", async () => {
  const history = createClient(HistoryService, server.transport);
  const before = list(accounts.listAccounts, {});
  for await (const _ of before);
  const create = (displayName: string) => accounts.createAccount({ account: { displayName } });
  await create("Between the two");

  const seen: string[] = [];
  const request = { resumeToken: before.resumeToken, resourceTypes: ["Account"] };
  for await (const { changes } of watch(history, request)) {
    if (changes.length === 0) continue;
    for (const { resource } of changes) {
      if (resource?.kind.case === "account") seen.push(resource.kind.value.displayName);
    }
    if (seen.length === 1) {
      await server.kill();
      await server.start();
      await create("After a break");
    }
    if (seen.length === 2) break;
  }
  expect(seen).toEqual(["Between the two", "After a break"]);
});

test("a call that meets a stopped server is made once it is back", async () => {
  await server.kill();
  const call = accounts.createAccount(
    { account: { displayName: "Patient" } },
    { timeoutMs: 30_000 },
  );
  await server.start();
  expect((await call).displayName).toBe("Patient");
});

test("a call that waits for a server in vain says so, and why the server was not reached", async () => {
  await server.kill();
  const error = await failure(accounts.getAccount({ name: "accounts/acme" }, { timeoutMs: 300 }));
  expect(error).toBeInstanceOf(DeadlineError);
  expect(error).toMatchObject({
    method: "AccountService.GetAccount",
    timeoutMs: 300,
    cause: { code: Code.Unavailable },
  });
});
