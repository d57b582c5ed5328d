package dev.perennial.client;

import io.grpc.StatusRuntimeException;
import java.time.Duration;

/**
 * The cause of an error with the code DEADLINE_EXCEEDED: a call was not done by its deadline, or would
 * have had to wait beyond it before another attempt. Whether an attempt was carried out is not known;
 * to repeat the call with its request_id is safe. See {@link ErrorDetails#deadline}.
 */
public final class DeadlinePassed extends Exception {
  private static final long serialVersionUID = 1;

  private final String method;
  private final Duration timeout;
  private final int attempts;

  DeadlinePassed(String method, Duration timeout, int attempts, StatusRuntimeException last) {
    super(
        String.format(
            "%s was not done within %s s (attempts: %d)%s",
            method,
            timeout.toMillis() / 1000.0,
            attempts,
            last == null ? "" : ": " + ErrorDetails.of(last)),
        last);
    this.method = method;
    this.timeout = timeout;
    this.attempts = attempts;
  }

  /** What was called, such as "PipelineService.AdvanceOpportunity". */
  public String method() {
    return method;
  }

  /** Of the whole call. */
  public Duration timeout() {
    return timeout;
  }

  public int attempts() {
    return attempts;
  }

  /** The error of the last attempt that ended before the deadline; null where none did. */
  public StatusRuntimeException last() {
    return (StatusRuntimeException) getCause();
  }

  static DeadlinePassed in(Throwable thrown) {
    while (thrown != null && !(thrown instanceof DeadlinePassed)) thrown = thrown.getCause();
    return (DeadlinePassed) thrown;
  }
}
