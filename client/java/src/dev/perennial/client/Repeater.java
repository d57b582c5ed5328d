package dev.perennial.client;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.perennial.v1.Options;
import dev.perennial.v1.Role;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;

/** Attempts unary calls again until their deadline: see {@link Connection}. */
final class Repeater implements ClientInterceptor {
  static final Metadata.Key<String> TIME_LINE =
      Metadata.Key.of("x-perennial-time-line", Metadata.ASCII_STRING_MARSHALLER);

  private static final String REQUEST_ID = "request_id";
  private static final long FIRST_BACKOFF_MS = 50;
  private static final long LONGEST_BACKOFF_MS = 2000;

  static final ScheduledExecutorService TIMER =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "perennial-repeats");
            thread.setDaemon(true);
            return thread;
          });

  private final Duration timeout;
  private final ManagedChannel managed;

  /** Of the database that the last answer was of; null before there was one. */
  volatile String timeLine;

  Repeater(Duration timeout, ManagedChannel managed) {
    this.timeout = timeout;
    this.managed = managed;
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    if (method.getType() != MethodDescriptor.MethodType.UNARY) return next.newCall(method, options);
    return new RepeatedCall<>(this, method, options, next);
  }

  Duration timeout() {
    return timeout;
  }

  /** Has the channel not wait before it connects again: gRPC's waits grow to minutes. */
  void reconnect() {
    managed.resetConnectBackoff();
  }

  boolean isClosed() {
    return managed.isShutdown();
  }

  /** Doubles with each attempt; `asked` is what the server asked for, or null. */
  static long backoffMs(int attempts, Duration asked) {
    long longest = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS << Math.min(attempts - 1, 10));
    // Callers that were refused together are not to come back together.
    long off = ThreadLocalRandom.current().nextLong(longest / 2 + 1);
    return asked == null ? longest - off : asked.toMillis() + off;
  }

  static boolean identifies(Object request) {
    return request instanceof Message && requestId((Message) request) != null;
  }

  /** The request, or one with an id where it takes one and has none. */
  @SuppressWarnings("unchecked") // a builder makes what it was made of
  static <Q> Q identified(Q request) {
    if (!identifies(request)) return request;
    Message message = (Message) request;
    FieldDescriptor id = requestId(message);
    if (!message.getField(id).equals("")) return request;
    return (Q) message.toBuilder().setField(id, UUID.randomUUID().toString()).build();
  }

  static boolean onlyReads(MethodDescriptor<?, ?> method) {
    Object schema = method.getSchemaDescriptor();
    return schema instanceof ProtoMethodDescriptorSupplier
        && ((ProtoMethodDescriptorSupplier) schema)
                .getMethodDescriptor()
                .getOptions()
                .getExtension(Options.requiredRole)
            == Role.VIEWER;
  }

  private static FieldDescriptor requestId(Message request) {
    return request.getDescriptorForType().findFieldByName(REQUEST_ID);
  }
}
