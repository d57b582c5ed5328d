package dev.perennial.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A connection to a server, made when it is first needed and again whenever it breaks:
 *
 * <pre>
 * try (Connection connection = Connection.open("127.0.0.1:50051", "ada@example.com")) {
 *   var pipeline = PipelineServiceGrpc.newBlockingStub(connection.channel());
 * </pre>
 *
 * Calls are attempted again until their deadline, with growing and random waits, after UNAVAILABLE,
 * RESOURCE_EXHAUSTED where the server says when to come back, and write conflicts, if that is safe:
 * for methods that only read, and for those whose request has a request_id. One is made before the
 * first attempt where the request has none, so that the server carries out the call once, and not at
 * all where the database was restored since the last answer. Where a deadline passes, {@link
 * ErrorDetails#deadline} says more. Streams are not attempted again: see {@link Watch}. Thread-safe.
 */
public final class Connection implements AutoCloseable {
  /** Of a whole call, its retries included, where its stub has no deadline. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  private static final int MOST_BYTES = 64 << 20;
  private static final Metadata.Key<String> ACTOR =
      Metadata.Key.of("x-perennial-actor", Metadata.ASCII_STRING_MARSHALLER);

  private final ManagedChannel managed;
  private final Channel channel;

  private Connection(ManagedChannel managed, String actor, Duration timeout) {
    this.managed = managed;
    this.channel =
        ClientInterceptors.interceptForward(
            managed, new Repeater(timeout, managed), caller(actor));
  }

  /**
   * In plaintext.
   *
   * @param address such as "127.0.0.1:50051"
   * @param actor who calls, as the history will show it
   */
  public static Connection open(String address, String actor) {
    return over(ManagedChannelBuilder.forTarget(address).usePlaintext(), actor, DEFAULT_TIMEOUT);
  }

  /** Over a channel of your own, as with TLS. */
  public static Connection over(ManagedChannelBuilder<?> builder, String actor, Duration timeout) {
    // Our own retries know which calls are safe to repeat; gRPC's do not, and end after five.
    ManagedChannel channel = builder.disableRetry().maxInboundMessageSize(MOST_BYTES).build();
    return new Connection(channel, actor, timeout);
  }

  /** What stubs take. */
  public Channel channel() {
    return channel;
  }

  /** Ends what still goes on with UNAVAILABLE. */
  @Override
  public void close() {
    managed.shutdownNow();
    try {
      managed.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static ClientInterceptor caller(String actor) {
    // Percent-encoded: metadata takes printable ASCII alone.
    String encoded = URLEncoder.encode(actor, StandardCharsets.UTF_8).replace("+", "%20");
    return new ClientInterceptor() {
      @Override
      public <Q, R> ClientCall<Q, R> interceptCall(
          MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
          @Override
          public void start(Listener<R> listener, Metadata headers) {
            if (!actor.isEmpty()) headers.put(ACTOR, encoded);
            super.start(listener, headers);
          }
        };
      }
    };
  }
}
