// How a watch goes on after breaks, against a history that is told when to break.

import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { HistoryService, watch, type WatchResponse } from "../src/index.js";

type Attempt = (signal: AbortSignal) => AsyncIterable<{ resumeToken: string }>;

/** A history whose calls of Watch go as given, one after the other; and the tokens they came with. */
function history(...attempts: Attempt[]) {
  const tokens: string[] = [];
  const transport = createRouterTransport((router) =>
    router.service(HistoryService, {
      watch(request, context) {
        tokens.push(request.resumeToken);
        const attempt = attempts.shift();
        if (!attempt) throw new ConnectError("", Code.OutOfRange);
        return attempt(context.signal);
      },
    }),
  );
  return { client: createClient(HistoryService, transport), tokens };
}

const sends = (...tokens: string[]): Attempt =>
  async function* () {
    for (const resumeToken of tokens) yield { resumeToken };
  };
const endsWith = (code: Code, ...tokens: string[]): Attempt =>
  async function* () {
    for (const resumeToken of tokens) yield { resumeToken };
    throw new ConnectError("", code);
  };
const breaksAfter = (...tokens: string[]) => endsWith(Code.Unavailable, ...tokens);
const goesSilentAfter = (...tokens: string[]): Attempt =>
  async function* (signal) {
    for (const resumeToken of tokens) yield { resumeToken };
    await new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  };

async function collect(watched: AsyncIterable<WatchResponse>) {
  const tokens: string[] = [];
  const error = await (async () => {
    for await (const { resumeToken } of watched) tokens.push(resumeToken);
  })().catch((reason: unknown) => ConnectError.from(reason));
  return { tokens, error };
}

test("a break is mended with the last token; what does not pass is told", async () => {
  const { client, tokens } = history(breaksAfter("a", "b"), endsWith(Code.Canceled), sends("c"));
  const breaks: Code[] = [];
  const seen = await collect(
    watch(client, { resumeToken: "start" }, { onBreak: ({ code }) => breaks.push(code) }),
  );
  expect(seen.tokens).toEqual(["a", "b", "c"]);
  expect(tokens).toEqual(["start", "b", "b", "c"]);
  expect(breaks).toEqual([Code.Unavailable, Code.Canceled, Code.Unavailable]);
  expect(seen.error).toMatchObject({ code: Code.OutOfRange });
});

test("a connection that says nothing for three heartbeats is given up", async () => {
  vi.useFakeTimers();
  try {
    const { client, tokens } = history(goesSilentAfter("a"));
    const watched = watch(client, { heartbeatInterval: { seconds: 10n } });
    await watched.next();
    const next = watched.next();
    const given = expect(next).rejects.toMatchObject({ code: Code.OutOfRange });
    await vi.advanceTimersByTimeAsync(29_900);
    expect(tokens).toEqual([""]);
    await vi.advanceTimersByTimeAsync(200);
    expect(tokens).toEqual(["", "a"]);
    await given;
  } finally {
    vi.useRealTimers();
  }
});

test("leaving the loop ends the call", async () => {
  let ended!: (value: unknown) => void;
  const end = new Promise((resolve) => (ended = resolve));
  const { client } = history(async function* (signal) {
    signal.addEventListener("abort", ended);
    yield { resumeToken: "a" };
    await end;
  });
  for await (const { resumeToken } of watch(client)) {
    expect(resumeToken).toBe("a");
    break;
  }
  await end;
});

test("the caller's signal ends it without an error", async () => {
  const { client } = history(goesSilentAfter("a"));
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const { resumeToken } of watch(client, {}, { signal: stop.signal })) {
    seen.push(resumeToken);
    stop.abort();
  }
  expect(seen).toEqual(["a"]);
});

test("so it does between two attempts", async () => {
  const { client, tokens } = history(breaksAfter("a"));
  const stop = new AbortController();
  const options = { signal: stop.signal, onBreak: () => queueMicrotask(() => stop.abort()) };
  expect(await collect(watch(client, {}, options))).toEqual({ tokens: ["a"], error: undefined });
  expect(tokens).toEqual([""]);
});
