package dev.perennial.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** All attempts of one unary call. The caller hears of the last one alone. */
final class RepeatedCall<Q, R> extends ClientCall<Q, R> {
  private final Repeater repeater;
  private final MethodDescriptor<Q, R> method;
  private final CallOptions options;
  private final Channel next;
  private final Deadline deadline;
  private final Duration timeout;

  private Listener<R> listener;
  private Metadata headers;
  private Q request;
  private boolean identified;
  private String timeLine;
  private int attempts;
  private StatusRuntimeException last;

  // Guarded by this: cancel may come from any thread.
  private ClientCall<Q, R> current;
  private ScheduledFuture<?> waiting;
  private Status cancelled;

  RepeatedCall(
      Repeater repeater, MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    this.repeater = repeater;
    this.method = method;
    this.options = options;
    this.next = next;
    this.deadline = deadlineOf(options);
    // Told to people: what a moment took off is put back.
    this.timeout = Duration.ofMillis(Math.round(deadline.timeRemaining(TimeUnit.NANOSECONDS) / 1e6));
  }

  private Deadline deadlineOf(CallOptions options) {
    Deadline given = options.getDeadline();
    Deadline around = Context.current().getDeadline();
    if (given != null && around != null) return given.minimum(around);
    if (given != null) return given;
    if (around != null) return around;
    return Deadline.after(repeater.timeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void start(Listener<R> listener, Metadata headers) {
    this.listener = listener;
    this.headers = headers;
  }

  // The caller gets the one message there is: it is asked for with each attempt.
  @Override
  public void request(int messages) {}

  @Override
  public void sendMessage(Q message) {
    identified = Repeater.identifies(message);
    request = Repeater.identified(message);
  }

  @Override
  public void halfClose() {
    attempt();
  }

  @Override
  public void cancel(String message, Throwable cause) {
    Status status = Status.CANCELLED.withDescription(message).withCause(cause);
    synchronized (this) {
      if (cancelled != null) return;
      cancelled = status;
      if (waiting == null || !waiting.cancel(false)) {
        if (current != null) current.cancel(message, cause);
        return;
      }
    }
    deliver(() -> listener.onClose(status, new Metadata()));
  }

  private void attempt() {
    ClientCall<Q, R> call = next.newCall(method, options.withDeadline(deadline));
    Status end;
    synchronized (this) {
      waiting = null;
      current = call;
      end = cancelled;
    }
    if (end != null) {
      deliver(() -> listener.onClose(end, new Metadata()));
      return;
    }
    if (++attempts > 1) repeater.reconnect();
    Metadata sent = new Metadata();
    sent.merge(headers);
    // The first that is known, for all attempts: one that comes after the database was restored is
    // not to be carried out.
    if (timeLine == null && identified) timeLine = repeater.timeLine;
    if (timeLine != null) sent.put(Repeater.TIME_LINE, timeLine);
    call.start(new Attempt(), sent);
    call.request(2); // one more than there is, as gRPC's own stubs do, to notice where there are two
    call.sendMessage(request);
    call.halfClose();
  }

  private final class Attempt extends Listener<R> {
    private Metadata received = new Metadata();
    private R message;

    @Override
    public void onHeaders(Metadata headers) {
      received = headers;
      remember(headers);
    }

    @Override
    public void onMessage(R message) {
      this.message = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      remember(trailers);
      if (!status.isOk()) {
        repeatOrFail(status, trailers);
        return;
      }
      listener.onHeaders(received);
      if (message != null) listener.onMessage(message);
      listener.onClose(status, trailers);
    }

    private void remember(Metadata metadata) {
      String named = metadata.get(Repeater.TIME_LINE);
      if (named != null) repeater.timeLine = named;
    }
  }

  private void repeatOrFail(Status status, Metadata trailers) {
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      failLate();
      return;
    }
    ErrorDetails details = ErrorDetails.of(status, trailers);
    boolean mayRepeat = identified || Repeater.onlyReads(method);
    if (!mayRepeat || !details.passes() || isCancelled() || repeater.isClosed()) {
      listener.onClose(status, trailers);
      return;
    }
    last = status.asRuntimeException(trailers);
    Duration asked = details.retryDelay().orElse(null);
    long wait = Repeater.backoffMs(attempts, asked);
    if (wait < deadline.timeRemaining(TimeUnit.MILLISECONDS)) {
      repeatAfter(wait);
    } else if (asked != null) {
      // When the server wants to be asked again is more than that the time is up.
      listener.onClose(status, trailers);
    } else {
      failLate();
    }
  }

  private void repeatAfter(long waitMs) {
    Status end;
    synchronized (this) {
      end = cancelled;
      if (end == null) {
        waiting = Repeater.TIMER.schedule(this::attempt, waitMs, TimeUnit.MILLISECONDS);
      }
    }
    if (end != null) listener.onClose(end, new Metadata());
  }

  private void failLate() {
    String service = method.getServiceName().substring(method.getServiceName().lastIndexOf('.') + 1);
    DeadlinePassed passed =
        new DeadlinePassed(service + "." + method.getBareMethodName(), timeout, attempts, last);
    listener.onClose(
        Status.DEADLINE_EXCEEDED.withDescription(passed.getMessage()).withCause(passed),
        new Metadata());
  }

  private synchronized boolean isCancelled() {
    return cancelled != null;
  }

  // Blocking stubs wait for tasks of their executor: what comes of other threads has to go there.
  private void deliver(Runnable task) {
    Executor executor = options.getExecutor();
    if (executor == null) {
      task.run();
    } else {
      executor.execute(task);
    }
  }
}
