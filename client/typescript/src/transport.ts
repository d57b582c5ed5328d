import {
  clone,
  create,
  getOption,
  isMessage,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { ConnectError, type Transport } from "@connectrpc/connect";
import { Attempts, hasRequestId } from "./attempts.js";
import { long_running, Role } from "./gen/index.js";
import { defaultRetryPolicy, sleep, type RetryPolicy } from "./retry.js";

const timeLineHeader = "x-perennial-time-line";

export interface CallOptions {
  /**
   * For a whole call, its retries included, where the call does not say: 10 s, and an hour for methods
   * that may take minutes (`long_running` in the protos). Streams have none.
   */
  timeoutMs?: number;
  retry?: Partial<RetryPolicy>;
  /** Who calls, as the history will show it. */
  actor?: string;
  /** Lowers the caller's role. Cannot raise it. */
  role?: Role;
}

/**
 * Any of Connect's transports, with calls as callers mean them: made once in effect, however often
 * they are attempted.
 *
 * Calls are attempted again, with growing and random waits and within the timeout, after errors that
 * pass (UNAVAILABLE, RESOURCE_EXHAUSTED where the server says when to come back, write conflicts,
 * broken connections), if that is safe: methods that only read, and those whose request has a
 * request_id. One is made before the first attempt where the request has none, so that the server
 * carries out the call once, and not at all where the database was restored since the last answer: that
 * fails once with TIME_LINE_CHANGED. Streams are not attempted again: see watch(). A call whose time is up
 * throws a DeadlineError.
 */
export function perennialTransport(base: Transport, options: CallOptions = {}): Transport {
  const policy = { ...defaultRetryPolicy, ...options.retry };
  // Of the database that the last answer was of.
  let timeLine: string | null = null;
  const remember = (header: Headers) => (timeLine = header.get(timeLineHeader) ?? timeLine);
  return {
    async unary(
      method,
      signal,
      timeoutMs = options.timeoutMs ?? defaultTimeoutMs(method),
      header,
      input,
      values,
    ) {
      const headers = withCaller(header, options);
      const message = withRequestId(method.input, input);
      const attempts = new Attempts(method, timeoutMs, policy);
      for (;;) {
        // The first that is known, for all attempts: one that comes after the database was restored is
        // not to be carried out.
        if (timeLine && hasRequestId(method.input) && !headers.has(timeLineHeader)) {
          headers.set(timeLineHeader, timeLine);
        }
        try {
          const left = attempts.leftMs;
          const response = await base.unary(method, signal, left, headers, message, values);
          remember(response.header);
          return response;
        } catch (thrown) {
          const error = ConnectError.from(thrown);
          remember(error.metadata);
          await sleep(attempts.waitAfter(error), signal);
        }
      }
    },
    stream: (method, signal, timeoutMs, header, input, values) =>
      base.stream(method, signal, timeoutMs, withCaller(header, options), input, values),
  };
}

function defaultTimeoutMs(method: DescMethod): number {
  return getOption(method, long_running) ? 3_600_000 : 10_000;
}

/** Percent-encodes what is not printable ASCII, which headers do not take, and `%`. */
function encodeText(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+/gu, encodeURIComponent);
}

function withCaller(header: HeadersInit | undefined, { actor, role }: CallOptions): Headers {
  const headers = new Headers(header);
  if (actor !== undefined && !headers.has("x-perennial-actor")) {
    headers.set("x-perennial-actor", encodeText(actor));
  }
  if (role !== undefined && !headers.has("x-perennial-role")) {
    headers.set("x-perennial-role", Role[role]);
  }
  return headers;
}

// A copy where it is changed: the caller's next call with it is another one.
function withRequestId<Desc extends DescMessage>(schema: Desc, input: MessageInitShape<Desc>) {
  const message = create(schema, input);
  if (!hasRequestId(schema) || (message as { requestId?: string }).requestId) return message;
  const identified: MessageShape<Desc> = isMessage(input) ? clone(schema, message) : message;
  return Object.assign(identified, { requestId: newRequestId() });
}

// Not crypto.randomUUID(): a page that came over plain HTTP does not have it.
function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
