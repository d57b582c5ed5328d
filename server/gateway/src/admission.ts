import { Code, type Interceptor } from "@connectrpc/connect";
import type { ErrorTranslator } from "./errors.js";

/** Refuses calls beyond so many at once. Streams are counted apart: they last, and must not keep out the others. */
export function admit(maxCalls: number, maxStreams: number, errors: ErrorTranslator): Interceptor {
  let calls = 0;
  let streams = 0;
  return (next) => (request) => {
    if (request.stream ? streams >= maxStreams : calls >= maxCalls) {
      throw errors.retryable("the gateway has too many calls", Code.ResourceExhausted);
    }
    if (request.stream) streams++;
    else calls++;
    // Aborted when a call ends, however it ends.
    const ended = () => (request.stream ? streams-- : calls--);
    request.signal.addEventListener("abort", ended, { once: true });
    return next(request);
  };
}
