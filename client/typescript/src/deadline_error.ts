import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { ErrorReason } from "./gen/index.js";

/** What is known of a call when its time is up. */
interface Call {
  method: DescMethod;
  timeoutMs: number;
  elapsedMs: number;
  attempts: number;
  /** The last that went wrong. */
  last: ConnectError;
}

/**
 * A call was not done in its time: code DeadlineExceeded, reason DEADLINE_PASSED. `cause` is what was wrong with
 * the last attempt that was answered, such as an Unavailable that says why the server is not reached; the deadline
 * itself where none was. Whether the server did it all the same is not known: the same call with the same
 * request_id finds out.
 */
export class DeadlineError extends ConnectError {
  // ConnectError's own takes every ConnectError for an instance of any class that extends it.
  static override [Symbol.hasInstance](thrown: unknown): thrown is DeadlineError {
    return Function.prototype[Symbol.hasInstance].call(this, thrown);
  }

  override readonly cause: ConnectError;
  /** What was called, such as "PipelineService.GetBoard". */
  readonly method: string;
  /** How long it might take. */
  readonly timeoutMs: number;
  /** How long it took. Less than the timeout where no time was left for another attempt. */
  readonly elapsedMs: number;
  readonly attempts: number;

  constructor({ method, timeoutMs, elapsedMs, attempts, last }: Call) {
    const name = `${method.parent.name}.${method.name}`;
    const tries = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
    const reason = ErrorReason[ErrorReason.DEADLINE_PASSED];
    super(
      `${name} was not done within ${timeoutMs / 1000} s (${tries}): ${last.message}`,
      Code.DeadlineExceeded,
      last.metadata,
      [{ desc: ErrorInfoSchema, value: { domain: "perennial", reason } }],
      last,
    );
    this.cause = last;
    this.method = name;
    this.timeoutMs = timeoutMs;
    this.elapsedMs = elapsedMs;
    this.attempts = attempts;
  }
}
