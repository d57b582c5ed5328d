// A mirror of a real server's lists.

import { Code, ConnectError, createClient, type Client } from "@connectrpc/connect";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  AccountService,
  AdoptionService,
  CatalogService,
  EngagementService,
  ExpansionService,
  HistoryService,
  mirror,
  PipelineService,
  SubscriptionService,
  type Account,
  type Mirror,
  type MirrorUpdate,
} from "../src/index.js";
import { TestServer } from "../src/testing/index.js";

let server: TestServer;
let accounts: Client<typeof AccountService>;
let history: Client<typeof HistoryService>;
beforeAll(async () => {
  const seed = new URL("seed.textproto", import.meta.url).pathname;
  server = await TestServer.start({ date: "2025-08-04", seed });
  accounts = createClient(AccountService, server.transport);
  history = createClient(HistoryService, server.transport);
});
afterAll(() => server?.stop());

function create(accountId: string, owner: string): Promise<Account> {
  return accounts.createAccount({ accountId, account: { displayName: accountId, owner } });
}

function accountsOf(owner: string): Mirror<Account> {
  const found = mirror(accounts.listAccounts, { filter: `owner = "${owner}"` }, history);
  onTestFinished(() => found.close());
  return found;
}

const names = (items: readonly Account[]) => items.map(({ displayName }) => displayName);

/** The first update that is so. */
async function until<Item>(
  mirrored: Mirror<Item>,
  isSo: (update: MirrorUpdate<Item>) => boolean,
): Promise<MirrorUpdate<Item>> {
  for await (const update of mirrored) if (isSo(update)) return update;
  return expect.fail("the mirror ended");
}

test("a list with a filter stays as the server would answer it", async () => {
  const [a, b] = [await create("filter-a", "lee"), await create("filter-b", "lee")];
  await create("filter-c", "somebody else");
  const lees = accountsOf("lee");
  const told: string[] = [];
  const toldAll = (async () => {
    for await (const { added, changed, removed } of lees) {
      for (const { displayName } of added) told.push(`+ ${displayName}`);
      for (const { displayName } of changed) told.push(`~ ${displayName}`);
      for (const { displayName } of removed) told.push(`- ${displayName}`);
    }
  })();
  await lees.synced;
  expect(names(lees.getSnapshot().items)).toEqual(["filter-a", "filter-b"]);
  expect(lees.get("accounts/filter-b")).toMatchObject({ owner: "lee" });

  await create("filter-d", "lee");
  await until(lees, () => lees.get("accounts/filter-d") !== undefined);
  await accounts.updateAccount({ account: { name: a.name, country: "DE" } });
  await until(lees, () => lees.get(a.name)?.country === "DE");
  // No longer what the filter asks for, though it is still there.
  await accounts.updateAccount({ account: { name: b.name, owner: "kim" } });
  await until(lees, () => lees.get(b.name) === undefined);
  await accounts.deleteAccount({ name: "accounts/filter-d" });
  await until(lees, () => lees.get("accounts/filter-d") === undefined);
  await accounts.updateAccount({ account: { name: b.name, owner: "lee" } });
  await until(lees, () => lees.get(b.name) !== undefined);

  lees.close();
  await toldAll;
  expect(told).toEqual([
    "+ filter-a",
    "+ filter-b",
    "+ filter-d",
    "~ filter-a",
    "- filter-b",
    "- filter-d",
    "+ filter-b",
  ]);
});

test("what is shown is the same object until it is another", async () => {
  await create("same-a", "pat");
  const pats = accountsOf("pat");
  await pats.synced;
  const byName = pats.sorted((x, y) => (x.displayName < y.displayName ? 1 : -1));
  const [snapshot, sorted] = [pats.getSnapshot(), byName.getSnapshot()];
  expect(pats.getSnapshot()).toBe(snapshot);
  expect(byName.getSnapshot()).toBe(sorted);

  let resolve!: (update: MirrorUpdate<Account>) => void;
  const promise = new Promise<MirrorUpdate<Account>>((done) => (resolve = done));
  const unsubscribe = byName.subscribe(resolve);
  await create("same-b", "pat");
  expect(names((await promise).added)).toEqual(["same-b"]);
  unsubscribe();
  expect(pats.getSnapshot()).not.toBe(snapshot);
  expect(names(byName.getSnapshot())).toEqual(["same-b", "same-a"]);
  expect(names(pats.getSnapshot().items)).toEqual(["same-a", "same-b"]);
  // What did not change is what it was: lists of components go by that.
  expect(byName.getSnapshot()[1]).toBe(sorted[0]);
});

test("an error that does not pass ends it, and is told", async () => {
  const wrong = mirror(accounts.listAccounts, { filter: "no_such_field = 1" }, history);
  await expect(wrong.synced).rejects.toMatchObject({ code: Code.InvalidArgument });
  expect(wrong.getSnapshot()).toMatchObject({
    items: [],
    status: "ended",
    error: { code: Code.InvalidArgument },
  });
});

test("a list that cannot be asked for single items is refused", async () => {
  const subscriptions = createClient(SubscriptionService, server.transport);
  const request = { parent: "accounts/-" };
  const uncovered = mirror(subscriptions.listUncoveredSubscriptions, request, history);
  await expect(uncovered.synced).rejects.toThrow("only lists of resources with a filter");
});

test("a signal ends it, and what was there can still be read", async () => {
  await create("stop-a", "max");
  const stop = new AbortController();
  const request = { filter: 'owner = "max"' };
  const maxs = mirror(accounts.listAccounts, request, history, { signal: stop.signal });
  await maxs.synced;
  stop.abort();
  await until(maxs, ({ status }) => status === "ended");
  expect(names(maxs.getSnapshot().items)).toEqual(["stop-a"]);
  for await (const { added, status } of maxs)
    expect([names(added), status]).toEqual([["stop-a"], "ended"]);
});

test("one that is closed before it is there says so", async () => {
  const early = mirror(accounts.listAccounts, {}, history, { signal: AbortSignal.abort() });
  await expect(early.synced).rejects.toMatchObject({ code: Code.Canceled });
});

test("every list of resources can be mirrored, and follows its account", async () => {
  const adoption = createClient(AdoptionService, server.transport);
  const catalog = createClient(CatalogService, server.transport);
  const engagement = createClient(EngagementService, server.transport);
  const expansion = createClient(ExpansionService, server.transport);
  const pipeline = createClient(PipelineService, server.transport);
  const subscriptions = createClient(SubscriptionService, server.transport);
  const parent = "accounts/-";
  const filter = 'NOT name = "x"';
  const mirrors: Mirror<unknown>[] = [
    mirror(accounts.listAccounts, { filter }, history),
    mirror(accounts.listContacts, { parent, filter }, history),
    mirror(accounts.listAccountEvents, { parent, filter }, history),
    mirror(adoption.listAdoptionReviews, { parent: `${parent}/subscriptions/-`, filter }, history),
    mirror(catalog.listProducts, { filter }, history),
    mirror(engagement.listTouches, { parent, filter }, history),
    mirror(engagement.listFeedback, { parent, filter }, history),
    mirror(engagement.listTasks, { parent, filter }, history),
    mirror(expansion.listProposals, { parent: `${parent}/opportunities/-`, filter }, history),
    mirror(pipeline.listOpportunities, { parent, filter }, history),
    mirror(pipeline.listStageTransitions, { parent: `${parent}/opportunities/-`, filter }, history),
    mirror(pipeline.listPlaybooks, { filter }, history),
    mirror(pipeline.listOffers, { parent: `${parent}/opportunities/-`, filter }, history),
    mirror(subscriptions.listSubscriptions, { parent, filter }, history),
    mirror(subscriptions.listArrMovements, { parent, filter }, history),
    mirror(
      subscriptions.listUsageSamples,
      { parent: `${parent}/subscriptions/-`, filter },
      history,
    ),
  ];
  onTestFinished(() => mirrors.forEach((each) => each.close()));
  await Promise.all(mirrors.map(({ synced }) => synced));
  // Each asks again for what is below it, and where that failed it would end.
  await accounts.updateAccount({ account: { name: "accounts/acme", country: "FR" } });
  await pipeline.openDueOpportunities({ parent: "accounts/acme" });
  const opportunities = mirrors[9]! as Mirror<{ name: string }>;
  await until(opportunities, () => opportunities.getSnapshot().items.length === 1);
  const marker = await create("last", "marker");
  await until(mirrors[0]!, () => mirrors[0]!.get(marker.name) !== undefined);
  expect(new Set(mirrors.map((each) => each.getSnapshot().status))).toEqual(new Set(["current"]));
});

// The last: where it fails the server may be gone.
test("it goes on after the server was gone, with what happened meanwhile", async () => {
  await create("break-a", "sam");
  const sams = accountsOf("sam");
  await sams.synced;
  await server.kill();
  const { error } = await until(sams, ({ status }) => status === "broken");
  expect(error).toBeInstanceOf(ConnectError);
  expect(names(sams.getSnapshot().items)).toEqual(["break-a"]);
  await server.start();
  await create("break-b", "sam");
  await until(sams, () => sams.get("accounts/break-b") !== undefined);
  await until(sams, ({ status }) => status === "current");
  expect(sams.getSnapshot()).toMatchObject({ status: "current" });
  expect(sams.getSnapshot().error).toBeUndefined();
});
