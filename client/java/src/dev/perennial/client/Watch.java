package dev.perennial.client;

import dev.perennial.v1.HistoryServiceGrpc.HistoryServiceBlockingStub;
import dev.perennial.v1.WatchRequest;
import dev.perennial.v1.WatchResponse;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Follows the history across breaks. Runs in one thread; {@link #close} may be called from any. */
public final class Watch implements AutoCloseable {
  private static final long DEFAULT_HEARTBEAT_MS = 5000;
  // A connection that has died without a word is known by so many missing heartbeats.
  private static final int MISSED_HEARTBEATS = 3;

  private final HistoryServiceBlockingStub history;
  private final WatchRequest.Builder request;
  private final long longestSilenceMs;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Context.CancellableContext stream;

  public Watch(HistoryServiceBlockingStub history, WatchRequest request) {
    this.history = history;
    this.request = request.toBuilder();
    long heartbeat =
        request.hasHeartbeatInterval()
            ? TimeUnit.SECONDS.toMillis(request.getHeartbeatInterval().getSeconds())
                + TimeUnit.NANOSECONDS.toMillis(request.getHeartbeatInterval().getNanos())
            : DEFAULT_HEARTBEAT_MS;
    longestSilenceMs = MISSED_HEARTBEATS * heartbeat;
  }

  /**
   * Returns when it is closed. Gives each response (without changes: a heartbeat) in the order of the
   * revisions, nothing twice and nothing left out. Where the server stops or the connection breaks it
   * goes on behind the last response that was taken, for as long as that takes.
   *
   * @param broken told of each break that is about to be mended
   * @throws StatusRuntimeException what does not pass, such as RESUME_TOKEN_EXPIRED: then list again
   */
  public void follow(Consumer<WatchResponse> take, Consumer<StatusRuntimeException> broken)
      throws InterruptedException {
    int breaks = 0;
    while (closed.getCount() > 0) {
      String from = request.getResumeToken();
      StatusRuntimeException error;
      try {
        followOnce(take);
        error = Status.UNAVAILABLE.withDescription("the server ended the stream").asRuntimeException();
      } catch (Broken caught) {
        error = caught.error;
      }
      if (closed.getCount() == 0) return;
      ErrorDetails details = ErrorDetails.of(error);
      if (!details.passes()) throw error;
      broken.accept(error);
      breaks = from.equals(request.getResumeToken()) ? breaks + 1 : 1;
      closed.await(
          Repeater.backoffMs(breaks, details.retryDelay().orElse(null)), TimeUnit.MILLISECONDS);
    }
  }

  /** Ends it. */
  @Override
  public void close() {
    closed.countDown();
    Context.CancellableContext current = stream;
    if (current != null) current.cancel(null);
  }

  /** What the stream ended with, apart from what the caller's own function throws. */
  private static final class Broken extends Exception {
    private static final long serialVersionUID = 1;
    final StatusRuntimeException error;

    Broken(StatusRuntimeException error) {
      super(error);
      this.error = error;
    }
  }

  private void followOnce(Consumer<WatchResponse> take) throws Broken {
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      stream = context;
      if (closed.getCount() == 0) return; // closed before there was a stream to cancel
      Context before = context.attach();
      try {
        Iterator<WatchResponse> responses = open();
        while (true) {
          WatchResponse response = next(responses, context);
          if (response == null) return;
          take.accept(response);
          request.setResumeToken(response.getResumeToken());
        }
      } finally {
        context.detach(before);
      }
    }
  }

  private Iterator<WatchResponse> open() throws Broken {
    try {
      return history.watch(request.build());
    } catch (StatusRuntimeException error) {
      throw new Broken(error);
    }
  }

  /** Null where the server has ended the stream. */
  private WatchResponse next(Iterator<WatchResponse> responses, Context.CancellableContext context)
      throws Broken {
    Future<?> silence =
        Repeater.TIMER.schedule(
            () -> context.cancel(new CancellationException("silent")),
            longestSilenceMs,
            TimeUnit.MILLISECONDS);
    try {
      return responses.hasNext() ? responses.next() : null;
    } catch (StatusRuntimeException error) {
      // Cancelled and not closed: it was silent for too long.
      boolean silent = error.getStatus().getCode() == Status.Code.CANCELLED;
      throw new Broken(
          silent
              ? Status.UNAVAILABLE.withDescription("the server went silent").asRuntimeException()
              : error);
    } finally {
      silence.cancel(false);
    }
  }
}
