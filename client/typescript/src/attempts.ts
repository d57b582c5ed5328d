import { getOption, type DescMessage, type DescMethod } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import { DeadlineError } from "./deadline_error.js";
import { detailsOf } from "./errors.js";
import { required_role, Role } from "./gen/index.js";
import { passes, waitMs, type RetryPolicy } from "./retry.js";

/** The attempts of one call: how many there were, for how long, and what went wrong. */
export class Attempts {
  readonly #start = Date.now();
  #count = 0;
  #last: ConnectError | undefined;

  constructor(
    readonly method: DescMethod,
    /** As in Connect, 0 is no timeout. */
    readonly timeoutMs: number,
    readonly policy: RetryPolicy,
  ) {}

  /** The timeout of the next attempt. */
  get leftMs(): number {
    return this.timeoutMs > 0 ? Math.max(1, this.#deadline - Date.now()) : 0;
  }

  /** How long to wait before the next attempt. Throws what the caller is told where there is none. */
  waitAfter(error: ConnectError): number {
    this.#count++;
    const isDeadline = error.code === Code.DeadlineExceeded;
    // What it was that could not be done in time, and not the deadline that every attempt has.
    if (!this.#last || !isDeadline) this.#last = error;
    if (isDeadline && this.timeoutMs > 0) throw this.#timeIsUp(this.#last);
    if (this.#count >= this.policy.maxAttempts || !passes(error) || !isSafeToRepeat(this.method)) {
      throw error;
    }
    const wait = waitMs(this.policy, this.#count, error);
    if (Date.now() + wait < this.#deadline) return wait;
    // A server that says when to come back is the one to be heard.
    throw detailsOf(error).retryDelayMs === undefined ? this.#timeIsUp(error) : error;
  }

  get #deadline(): number {
    return this.timeoutMs > 0 ? this.#start + this.timeoutMs : Infinity;
  }

  #timeIsUp(last: ConnectError): DeadlineError {
    const { method, timeoutMs } = this;
    const elapsedMs = Date.now() - this.#start;
    return new DeadlineError({ method, timeoutMs, elapsedMs, attempts: this.#count, last });
  }
}

export function hasRequestId(request: DescMessage): boolean {
  return request.field["requestId"] !== undefined;
}

// Whether a method only reads is what the protos declare as its role.
function isSafeToRepeat(method: DescMethod): boolean {
  return hasRequestId(method.input) || getOption(method, required_role) === Role.VIEWER;
}
