import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { DurationSchema, durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Client } from "@connectrpc/connect";
import type { HistoryService, WatchRequestSchema, WatchResponse } from "./gen/index.js";
import { passes, patientRetryPolicy, sleep, waitMs } from "./retry.js";

export interface WatchOptions {
  /** Ends the watch. So does leaving the loop over it. */
  signal?: AbortSignal;
  /** Told of every break that is about to be mended. */
  onBreak?: (error: ConnectError) => void;
}

/**
 * Follows the history, and takes it up again by itself after a break, however long that takes: nothing
 * is told twice and nothing left out. Responses without changes are heartbeats; keep the last `resumeToken` to go on from
 * there later. Throws what does not pass, such as RESUME_TOKEN_EXPIRED: then list again.
 *
 *   const open = list(pipeline.listOpportunities, { parent: "accounts/-" });
 *   for await (const each of open) show(each);
 *   for await (const { changes } of watch(history, { resumeToken: open.resumeToken })) ...
 */
export async function* watch(
  history: Pick<Client<typeof HistoryService>, "watch">,
  request: MessageInitShape<typeof WatchRequestSchema> = {},
  options: WatchOptions = {},
): AsyncGenerator<WatchResponse, void, undefined> {
  const silenceMs = 3 * heartbeatMs(request);
  let resumeToken = request.resumeToken ?? "";
  let breaks = 0;
  while (!options.signal?.aborted) {
    const silence = new SilenceAlarm(silenceMs);
    const stop = () => silence.end();
    options.signal?.addEventListener("abort", stop);
    let broken: unknown = new ConnectError("the server ended the stream", Code.Unavailable);
    try {
      const stream = history.watch(
        { ...request, resumeToken },
        { signal: silence.signal, timeoutMs: 0 },
      );
      for await (const response of stream) {
        silence.rest();
        breaks = 0;
        // Before it is handed over: the loop may be left there.
        resumeToken = response.resumeToken;
        yield response;
        silence.expect();
      }
    } catch (error) {
      if (!options.signal?.aborted && !isBreak(error)) throw error;
      broken = error;
    } finally {
      // Leaving a loop over a stream does not end the call by itself.
      silence.end();
      options.signal?.removeEventListener("abort", stop);
    }
    if (options.signal?.aborted) return;
    options.onBreak?.(ConnectError.from(broken));
    // Rejects only where the caller ends the watch.
    await sleep(waitMs(patientRetryPolicy, ++breaks, broken), options.signal).catch(() => {});
  }
}

// A server that stops cancels what does not end in time.
function isBreak(error: unknown): boolean {
  return passes(error) || ConnectError.from(error).code === Code.Canceled;
}

/**
 * Ends a call that says nothing for longer than its heartbeats allow: a connection can be gone without
 * either side being told. Only while something is expected: the caller may take its time.
 */
class SilenceAlarm {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly ms: number) {
    this.expect();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  expect(): void {
    const silent = () => this.end(new ConnectError("the server went silent", Code.Unavailable));
    this.#timer = setTimeout(silent, this.ms);
  }

  rest(): void {
    clearTimeout(this.#timer);
  }

  end(reason?: ConnectError): void {
    this.rest();
    this.#controller.abort(reason);
  }
}

function heartbeatMs({ heartbeatInterval }: MessageInitShape<typeof WatchRequestSchema>): number {
  if (!heartbeatInterval) return 5000;
  return durationMs(create(DurationSchema, heartbeatInterval));
}
