// What a mirror asks, of a server that answers as it is told.

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { expect, onTestFinished, test, vi } from "vitest";
import { ErrorInfoSchema } from "../src/gen/google/rpc/error_details_pb.js";
import {
  Change_Operation as Operation,
  ChangeSchema,
  HistoryService,
  mirror,
  PipelineService,
  type Mirror,
  type MirrorUpdate,
  type Opportunity,
} from "../src/index.js";
import { batches } from "../src/mirror/source.js";

const named = (id: string, etag = "1") => ({ name: `accounts/a/opportunities/${id}`, etag });
const idOf = ({ name }: { name: string }) => name.split("/")[3]!;
const changed = (id: string, operation = Operation.UPDATED) =>
  create(ChangeSchema, {
    operation,
    resourceName: named(id).name,
    resourceType: "Opportunity",
    account: "accounts/a",
  });
const accountChanged = create(ChangeSchema, {
  operation: Operation.UPDATED,
  resourceName: "accounts/a",
  resourceType: "Account",
  account: "accounts/a",
});

const lost = () => new ConnectError("", Code.Unavailable);
const expired = () =>
  new ConnectError("", Code.OutOfRange, undefined, [
    { desc: ErrorInfoSchema, value: { domain: "perennial", reason: "RESUME_TOKEN_EXPIRED" } },
  ]);

type Answer = { name: string; etag: string }[] | ConnectError;
type Response = { changes: (typeof accountChanged)[]; resumeToken: string } | ConnectError;

/**
 * A mirror whose calls of List are answered so, one after the other, and whose watch tells these responses, each
 * error of them ending one call of it.
 */
function scripted({
  lists,
  watches,
  filter,
}: {
  lists: Answer[];
  watches: Response[];
  filter?: string;
}) {
  const filters: string[] = [];
  const tokens: string[] = [];
  const transport = createRouterTransport((router) => {
    router.service(PipelineService, {
      listOpportunities(request) {
        filters.push(request.filter);
        const answer = lists.shift() ?? [];
        if (answer instanceof ConnectError) throw answer;
        return { opportunities: answer, resumeToken: `list ${filters.length}` };
      },
    });
    router.service(HistoryService, {
      async *watch(request, { signal }) {
        tokens.push(request.resumeToken);
        for (let next = watches.shift(); next; next = watches.shift()) {
          if (next instanceof ConnectError) throw next;
          yield next;
        }
        await new Promise((_, reject) => signal.addEventListener("abort", reject));
      },
    });
  });
  // The backoff is not what is tested.
  vi.spyOn(Math, "random").mockReturnValue(1);
  const pipeline = createClient(PipelineService, transport);
  const history = createClient(HistoryService, transport);
  const request = { parent: "accounts/-", ...(filter && { filter }) };
  const open = mirror(pipeline.listOpportunities, request, history);
  onTestFinished(() => {
    open.close();
    vi.restoreAllMocks();
  });
  return { open, filters, tokens };
}

const told = ({ added, changed, removed, status }: MirrorUpdate<Opportunity>) => [
  status,
  ...added.map((each) => `+${idOf(each)}`),
  ...changed.map((each) => `~${idOf(each)}`),
  ...removed.map((each) => `-${idOf(each)}`),
];

/** All that it has told, once the last was this. */
function toldUntil(open: Mirror<Opportunity>, ...last: string[]): Promise<string[][]> {
  const all: string[][] = [];
  return new Promise((resolve) => {
    open.subscribe((update) => {
      all.push(told(update));
      if (JSON.stringify(all.at(-1)) === JSON.stringify(last)) resolve(all);
    });
  });
}

test("what has changed is asked for again, with the filter", async () => {
  const { open, filters } = scripted({
    filter: 'owner = "kim" OR owner = "lee"',
    lists: [
      [named("x"), named("y")],
      [named("x", "2"), named("z")],
    ],
    watches: [
      { changes: [changed("x"), changed("y"), changed("z"), changed("x")], resumeToken: "1" },
    ],
  });
  await toldUntil(open, "current", "+z", "~x", "-y");
  const [x, y, z] = ["x", "y", "z"].map((id) => `name = "${named(id).name}"`);
  expect(filters).toEqual([
    'owner = "kim" OR owner = "lee"',
    `(owner = "kim" OR owner = "lee") AND (${x} OR ${y} OR ${z})`,
  ]);
  expect(open.getSnapshot().items.map(idOf)).toEqual(["x", "z"]);
});

test("what is deleted goes without a question; of several changes the last counts", async () => {
  const { open, filters } = scripted({
    lists: [[named("x"), named("y")], [named("y", "2")]],
    watches: [
      { changes: [changed("x"), changed("x", Operation.DELETED)], resumeToken: "1" },
      {
        changes: [changed("y", Operation.DELETED), changed("y", Operation.CREATED)],
        resumeToken: "2",
      },
    ],
  });
  await toldUntil(open, "current", "~y");
  expect(filters).toEqual(["", `(name = "${named("y").name}")`]);
  expect(open.getSnapshot().items.map(idOf)).toEqual(["y"]);
});

test("where an account changes, what is below it is asked for again", async () => {
  const { open, filters } = scripted({
    lists: [
      [named("x"), named("y")],
      [named("y"), named("z")],
    ],
    watches: [{ changes: [accountChanged], resumeToken: "1" }],
  });
  await toldUntil(open, "current", "+z", "-x");
  expect(filters).toEqual(["", '(account = "accounts/a")']);
});

test("a heartbeat and an answer that says nothing new tell nothing", async () => {
  const { open } = scripted({
    lists: [[named("x")], [named("x")], [named("x", "2")]],
    watches: [
      { changes: [], resumeToken: "1" },
      { changes: [changed("x")], resumeToken: "2" },
      { changes: [changed("x")], resumeToken: "3" },
    ],
  });
  const updates = await toldUntil(open, "current", "~x");
  expect(updates).toEqual([["listing", "+x"], ["current"], ["current", "~x"]]);
});

test("changes whose question breaks are told again, and nothing is lost", async () => {
  const { open, filters, tokens } = scripted({
    lists: [[named("x")], lost(), [named("x", "2")]],
    watches: [
      { changes: [], resumeToken: "1" },
      { changes: [changed("x")], resumeToken: "2" },
      { changes: [changed("x")], resumeToken: "2" },
      lost(),
    ],
  });
  const all = await toldUntil(open, "current", "~x");
  expect(all).toContainEqual(["broken"]);
  expect(tokens.slice(0, 2)).toEqual(["list 1", "1"]);
  expect(filters).toHaveLength(3);
});

test("a token that has expired has everything listed anew, and the difference told", async () => {
  const { open, tokens } = scripted({
    lists: [
      [named("x"), named("y")],
      [named("y", "2"), named("z")],
    ],
    watches: [{ changes: [], resumeToken: "1" }, expired(), { changes: [], resumeToken: "2" }],
  });
  const updates = await toldUntil(open, "broken", "+z", "~y", "-x");
  expect(updates).toEqual([
    ["listing", "+x", "+y"],
    ["current"],
    ["broken"],
    ["broken", "+z", "~y", "-x"],
  ]);
  await toldUntil(open, "current");
  expect(tokens).toEqual(["list 1", "list 2"]);
});

test("a list that breaks is asked again until it is there", async () => {
  const { open, filters } = scripted({
    lists: [lost(), new ConnectError("", Code.DeadlineExceeded), [named("x")]],
    watches: [{ changes: [], resumeToken: "1" }],
  });
  await open.synced;
  expect(filters).toHaveLength(3);
});

test("a listener that fails keeps nobody from being told", async () => {
  const { open } = scripted({
    lists: [[named("x")]],
    watches: [{ changes: [], resumeToken: "1" }],
  });
  const failures: unknown[] = [];
  vi.spyOn(globalThis, "queueMicrotask").mockImplementation((task) => {
    Promise.resolve()
      .then(task)
      .catch((error: unknown) => failures.push(error));
  });
  const unsubscribe = open.subscribe(() => {
    throw new Error("of the listener");
  });
  await open.synced;
  unsubscribe();
  expect(failures).toContainEqual(new Error("of the listener"));
});

test("as many terms go together as fit", () => {
  const terms = ["aaaa", "bb", "cc", "dd"];
  expect(batches(terms, 50, 100)).toEqual([terms]);
  expect(batches(terms, 3, 100)).toEqual([["aaaa", "bb", "cc"], ["dd"]]);
  // (bb OR cc)
  expect(batches(terms, 50, 10)).toEqual([["aaaa"], ["bb", "cc"], ["dd"]]);
  expect(batches(terms, 50, 0)).toEqual([["aaaa"], ["bb"], ["cc"], ["dd"]]);
  expect(batches([], 50, 100)).toEqual([]);
});
