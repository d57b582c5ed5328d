// When a call is attempted again, and after what wait.

import { Code, ConnectError } from "@connectrpc/connect";
import { detailsOf } from "./errors.js";
import { ErrorReason } from "./gen/index.js";

export interface RetryPolicy {
  /** In all. With 1 nothing is attempted again; otherwise the timeout is the limit. */
  maxAttempts: number;
  /** Before the second attempt; doubles with each attempt. A random part of up to a half is taken off. */
  initialBackoffMs: number;
  maxBackoffMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: Infinity,
  initialBackoffMs: 50,
  maxBackoffMs: 2000,
};

/** Of what goes on for as long as it is wanted. Servers that come back are not to be met by everybody at once. */
export const patientRetryPolicy: RetryPolicy = { ...defaultRetryPolicy, maxBackoffMs: 30_000 };

/** Whether the error is one that passes. */
export function passes(thrown: unknown): boolean {
  const error = ConnectError.from(thrown);
  const { reason, retryDelayMs } = detailsOf(error);
  switch (error.code) {
    case Code.Unavailable:
      return true;
    case Code.ResourceExhausted:
      return retryDelayMs !== undefined;
    case Code.Aborted:
      return reason === ErrorReason.WRITE_CONFLICT || isLostConnection(error);
    case Code.Canceled:
    case Code.Internal:
    case Code.Unknown:
      return isLostConnection(error);
    default:
      return false;
  }
}

// The transports have no one code for a connection that breaks under a call. But only their own errors
// have a cause, or speak of HTTP/2.
function isLostConnection({ cause, rawMessage }: ConnectError): boolean {
  return cause !== undefined || rawMessage.startsWith("http/2 stream closed");
}

/** How long to wait after `attempts` attempts of which the last ended so. */
export function waitMs(policy: RetryPolicy, attempts: number, thrown: unknown): number {
  const backoff = Math.min(policy.maxBackoffMs, policy.initialBackoffMs * 2 ** (attempts - 1));
  // Callers that were refused together are not to come back together.
  const taken = (backoff * Math.random()) / 2;
  const asked = detailsOf(thrown).retryDelayMs;
  return asked === undefined ? backoff - taken : asked + taken;
}

/** Rejects with the signal's reason as soon as it aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
