// JSON that says what is 0, and what is misspelt.

import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGateway, type Gateway } from "../src/gateway.js";
import { startFakeBackend, type FakeBackend } from "./fake_backend.js";

let backend: FakeBackend;
let gateway: Gateway;
beforeAll(async () => {
  backend = await startFakeBackend({
    accounts: {
      getAccount: () => ({ name: "accounts/acme", standing: {} }),
      listAccounts: () => ({}),
      deleteAccount() {
        throw new ConnectError("not a field error", Code.InvalidArgument);
      },
    },
    pipeline: {
      getBoard: () => ({ columns: [{ amounts: [{ arr: { currencyCode: "USD" } }] }] }),
    },
  });
  const listen = "127.0.0.1:0";
  gateway = await startGateway({ listen, backend: backend.target, noCallLog: true });
});
afterAll(async () => {
  await gateway?.stop();
  backend?.stop();
});

async function post(method: string, body: string) {
  const response = await fetch(`${gateway.baseUrl}/perennial.v1.${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return (await response.json()) as Record<string, unknown>;
}

describe("answers", () => {
  test("have amounts and counts of 0, empty texts and empty lists", async () => {
    const { columns } = await post("PipelineService/GetBoard", '{"parent":"accounts/-"}');
    expect(columns).toMatchObject([
      { count: "0", atRiskCount: "0", amounts: [{ arr: { currencyCode: "USD", micros: "0" } }] },
    ]);
    const list = await post("AccountService/ListAccounts", "{}");
    expect(list).toMatchObject({
      accounts: [],
      nextPageToken: "",
      totalSize: 0,
      totalSizeExceeded: false,
    });
    const account = await post("AccountService/GetAccount", "{}");
    expect(account).toMatchObject({ labels: {}, standing: { state: "STATE_UNSPECIFIED" } });
  });

  test("have no message, and nothing optional, that is not set", async () => {
    const account = await post("AccountService/GetAccount", "{}");
    expect(account).not.toHaveProperty("createTime");
    expect(account["standing"]).not.toHaveProperty("gavePercent");
    const { columns } = await post("PipelineService/GetBoard", "{}");
    expect((columns as { amounts: object[] }[])[0]!.amounts[0]).not.toHaveProperty("overdueArr");
  });
});

describe("a field that does not exist is refused", () => {
  test("by its name, with the one that is near", async () => {
    expect(await post("AccountService/GetAccount", '{"nmae":"accounts/acme"}')).toMatchObject({
      code: "invalid_argument",
      message:
        'cannot decode message perennial.v1.GetAccountRequest from JSON: key "nmae" is unknown: did you mean "name"?',
    });
  });

  test("within a message as well", async () => {
    const body = '{"account":{"displayNames":"Acme"}}';
    const { message } = await post("AccountService/CreateAccount", body);
    expect(message).toContain("perennial.v1.Account ");
    expect(message).toContain('did you mean "displayName"?');
  });

  test("with those that there are where none is near", async () => {
    const { message } = await post("AccountService/GetAccount", '{"weather":1}');
    expect(message).toContain('key "weather" is unknown: there are name, readTime');
  });

  test("however long its name is", async () => {
    const long = "a".repeat(10_000);
    const { message } = await post("AccountService/GetAccount", `{"${long}":1}`);
    expect(message).toContain("is unknown");
  });

  test("and other errors stay as they are", async () => {
    const { message } = await post("AccountService/DeleteAccount", "{}");
    expect(message).toBe("not a field error");
    expect((await post("AccountService/GetAccount", "{"))["message"]).toContain("JSON");
  });
});
