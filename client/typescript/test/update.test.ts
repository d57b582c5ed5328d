import { create, fromJson, getOption, toJson } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { Code, createClient, type CallOptions } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  AccountSchema,
  AccountService,
  changedPaths,
  ErrorReason,
  HistoryService,
  isReason,
  OpportunitySchema,
  parseDate,
  parseMoney,
  PipelineService,
  rules,
  update,
  type Opportunity,
} from "../src/index.js";
import { resourceKinds } from "../src/resources.js";
import { TestServer } from "../src/testing/index.js";

describe("changedPaths", () => {
  const old = create(OpportunitySchema, {
    name: "accounts/a/opportunities/o",
    etag: "1",
    owner: "kim",
    forecastArr: parseMoney("USD 100"),
    labels: { tier: "gold", region: "emea" },
  });

  test("of the same there are none", () => {
    expect(changedPaths(old, old)).toEqual([]);
    expect(changedPaths(old, { ...old, forecastArr: parseMoney("USD 100.00") })).toEqual([]);
  });

  test("names what differs, as the protos name it", () => {
    expect(changedPaths(old, { ...old, nextStep: "Call", owner: "" })).toEqual([
      "owner",
      "next_step",
    ]);
    expect(changedPaths(old, { ...old, forecastArr: parseMoney("USD 101") })).toEqual([
      "forecast_arr",
    ]);
    expect(changedPaths(old, { ...old, forecastArr: undefined })).toEqual(["forecast_arr"]);
    expect(changedPaths(old, { ...old, nextStepDate: parseDate("2025-03-31") })).toEqual([
      "next_step_date",
    ]);
  });

  test("names the entries of maps", () => {
    const labels = { tier: "silver", new_one: "1", "a-1": "1" };
    expect(changedPaths(old, { ...old, labels })).toEqual([
      "labels.a-1",
      "labels.new_one",
      "labels.region",
      "labels.tier",
    ]);
  });

  test.each(["a.b", "", "Tier", "q_1"])(
    "names the map whole where a path cannot name %j",
    (key) => {
      expect(changedPaths(old, { ...old, labels: { ...old.labels, [key]: "x" } })).toEqual([
        "labels",
      ]);
    },
  );

  test("names nothing that JSON would not carry", () => {
    const labels = { a_1: "", "a-1": "", a_b: "", a1: "", "a-_b": "", a__b: "", A: "", "a_-b": "" };
    for (const [key, value] of Object.entries(labels)) {
      const paths = changedPaths(old, { ...old, labels: { ...old.labels, [key]: value } });
      const json = toJson(FieldMaskSchema, create(FieldMaskSchema, { paths }));
      expect(fromJson(FieldMaskSchema, json).paths).toEqual(paths);
    }
  });

  test("leaves out what an update does not change", () => {
    const other = { etag: "2", name: "accounts/a/opportunities/p", closeNote: "Set by the server" };
    expect(changedPaths(old, { ...old, ...other, subscriptions: ["immutable"] })).toEqual([]);
  });

  test("refuses what are no two states of one resource", () => {
    expect(() => changedPaths<object & { $typeName: string }>(old, create(AccountSchema))).toThrow(
      TypeError,
    );
    expect(() => changedPaths(parseMoney("USD 1"), parseMoney("USD 2"))).toThrow(TypeError);
  });

  // Were there one with parts of its own, its paths should go into it.
  test("every message that can be changed is one value", () => {
    const types = resourceKinds
      .flatMap(({ schema }) => schema.fields)
      .filter((field) => field.fieldKind === "message" && !getOption(field, rules).outputOnly)
      .map(({ message }) => message!.typeName);
    const values = ["google.protobuf.Timestamp", "perennial.v1.Date", "perennial.v1.Money"];
    expect([...new Set(types)].sort()).toEqual(values);
  });
});

describe("update", () => {
  let server: TestServer;
  let opportunity: Opportunity;
  const requests: object[] = [];
  const updateOpportunity = (request: object, options?: CallOptions) => {
    requests.push(request);
    return createClient(PipelineService, server.transport).updateOpportunity(request, options);
  };

  beforeAll(async () => {
    const seed = new URL("seed.textproto", import.meta.url).pathname;
    server = await TestServer.start({ date: "2025-08-04", seed });
    const pipeline = createClient(PipelineService, server.transport);
    await pipeline.openDueOpportunities({ parent: "accounts/acme" });
    opportunity = (await pipeline.listOpportunities({ parent: "accounts/acme" })).opportunities[0]!;
  });
  afterAll(() => server?.stop());

  test("sends what differs, and nothing else", async () => {
    const old = opportunity;
    const next = { ...old, nextStep: "Call Jane", labels: { tier: "gold" } };
    opportunity = await update(updateOpportunity, old, next);
    expect(opportunity).toMatchObject({ nextStep: "Call Jane", labels: { tier: "gold" } });
    expect(requests).toEqual([
      {
        opportunity: {
          name: old.name,
          etag: old.etag,
          nextStep: "Call Jane",
          labels: { tier: "gold" },
        },
        updateMask: { paths: ["next_step", "labels.tier"] },
      },
    ]);
  });

  test("takes out what is there no more", async () => {
    opportunity = await update(updateOpportunity, opportunity, {
      ...opportunity,
      nextStep: "",
      labels: {},
    });
    expect(opportunity).toMatchObject({ nextStep: "", labels: {} });
  });

  test("makes no call where nothing differs", async () => {
    const calls = requests.length;
    expect(await update(updateOpportunity, opportunity, { ...opportunity })).toBe(opportunity);
    expect(requests).toHaveLength(calls);
  });

  test("fails where somebody else was first, and changes nothing then", async () => {
    const theirs = await update(updateOpportunity, opportunity, {
      ...opportunity,
      nextStep: "Theirs",
    });
    const mine = update(updateOpportunity, opportunity, { ...opportunity, owner: "me" });
    const error = await mine.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: Code.Aborted });
    expect(isReason(error, ErrorReason.ETAG_MISMATCH)).toBe(true);
    expect(await update(updateOpportunity, theirs, { ...theirs, owner: "me" })).toMatchObject({
      nextStep: "Theirs",
      owner: "me",
    });
  });

  test("refuses another resource", async () => {
    const other = { ...opportunity, name: "accounts/acme/opportunities/other" };
    await expect(update(updateOpportunity, opportunity, other)).rejects.toThrow(TypeError);
  });

  test("fits every Update method by its types, and no other", async () => {
    const accounts = createClient(AccountService, server.transport);
    const account = await accounts.getAccount({ name: "accounts/acme" });
    const changed = await update(accounts.updateAccount, account, { ...account, country: "DE" });
    expect(changed.country).toBe("DE");
    // @ts-expect-error A Create method takes no mask.
    void (() => update(accounts.createAccount, account, account));
    const history = createClient(HistoryService, server.transport);
    const { changes } = await history.listChanges({
      filter: 'resource_name = "accounts/acme"',
      orderBy: "revision desc",
    });
    expect(changes[0]).toMatchObject({ method: "AccountService.UpdateAccount" });
  });
});
