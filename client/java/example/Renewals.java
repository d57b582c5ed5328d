import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import dev.perennial.v1.AdvanceOpportunityRequest;
import dev.perennial.v1.Change;
import dev.perennial.v1.Date;
import dev.perennial.v1.HistoryServiceGrpc;
import dev.perennial.v1.ListOpportunitiesRequest;
import dev.perennial.v1.ListOpportunitiesResponse;
import dev.perennial.v1.Opportunity;
import dev.perennial.v1.PipelineServiceGrpc;
import dev.perennial.v1.WatchRequest;
import dev.perennial.v1.WatchResponse;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Works a book of renewals from the command line:
 *
 * <pre>
 * Renewals list             the open ones, the next one due first
 * Renewals advance NAME     to its next stage, or what that asks for
 * Renewals watch [COUNT]    what anybody changes, until COUNT changes came
 * </pre>
 *
 * PERENNIAL_SERVER is the server's address, 127.0.0.1:50051 unless told.
 */
public final class Renewals {
  /**
   * Waits for a server that restarts, and repeats what did not reach it. That is safe for every
   * method that takes a request_id, and for those that only read.
   */
  private static final Map<String, ?> SERVICE_CONFIG =
      Map.of(
          "methodConfig",
          List.of(
              Map.of(
                  "name",
                  List.of(Map.of("service", PipelineServiceGrpc.SERVICE_NAME)),
                  "timeout",
                  "10s",
                  "waitForReady",
                  true,
                  "retryPolicy",
                  Map.of(
                      "maxAttempts", 5.0,
                      "initialBackoff", "0.1s",
                      "maxBackoff", "2s",
                      "backoffMultiplier", 2.0,
                      "retryableStatusCodes", List.of("UNAVAILABLE")))));

  /** All open opportunities, of every account. */
  private static final ListOpportunitiesRequest OPEN_RENEWALS =
      ListOpportunitiesRequest.newBuilder()
          .setParent("accounts/-")
          .setFilter("outcome = OPEN")
          .setOrderBy("renewal_date")
          .build();

  private final PipelineServiceGrpc.PipelineServiceBlockingStub pipeline;
  private final HistoryServiceGrpc.HistoryServiceBlockingStub history;

  private Renewals(ManagedChannel channel) {
    // What the history calls us.
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("x-perennial-actor", Metadata.ASCII_STRING_MARSHALLER),
        URLEncoder.encode(System.getProperty("user.name"), StandardCharsets.UTF_8)
            .replace("+", "%20"));
    var actor = MetadataUtils.newAttachHeadersInterceptor(headers);
    pipeline = PipelineServiceGrpc.newBlockingStub(channel).withInterceptors(actor);
    history = HistoryServiceGrpc.newBlockingStub(channel).withInterceptors(actor);
  }

  public static void main(String[] args) throws Exception {
    String address = System.getenv().getOrDefault("PERENNIAL_SERVER", "127.0.0.1:50051");
    ManagedChannel channel =
        ManagedChannelBuilder.forTarget(address)
            .usePlaintext()
            .defaultServiceConfig(SERVICE_CONFIG)
            .enableRetry()
            .build();
    int exitCode = 0;
    try {
      new Renewals(channel).run(args);
    } catch (StatusRuntimeException error) {
      System.err.println("renewals: " + explain(error));
      exitCode = 1;
    } catch (IllegalArgumentException error) {
      System.err.println("renewals: " + error.getMessage());
      exitCode = 2;
    }
    channel.shutdownNow().awaitTermination(1, TimeUnit.SECONDS);
    System.exit(exitCode);
  }

  private void run(String[] args) throws InterruptedException {
    if (args.length == 1 && args[0].equals("list")) {
      list();
    } else if (args.length == 2 && args[0].equals("advance")) {
      advance(args[1]);
    } else if (args.length == 1 && args[0].equals("watch")) {
      watch(Integer.MAX_VALUE);
    } else if (args.length == 2 && args[0].equals("watch")) {
      watch(Integer.parseInt(args[1]));
    } else {
      throw new IllegalArgumentException("say list, advance NAME or watch [COUNT]");
    }
  }

  private void list() {
    ListOpportunitiesRequest request = OPEN_RENEWALS;
    ListOpportunitiesResponse page;
    do {
      page = pipeline.listOpportunities(request);
      for (Opportunity opportunity : page.getOpportunitiesList()) {
        Date due = opportunity.getRenewalDate();
        System.out.printf(
            "%s %s %04d-%02d-%02d %d %s%n",
            opportunity.getName(),
            opportunity.getStage(),
            due.getYear(),
            due.getMonth(),
            due.getDay(),
            opportunity.getArr().getMicros() / 1_000_000,
            opportunity.getArr().getCurrencyCode());
      }
      request = request.toBuilder().setPageToken(page.getNextPageToken()).build();
    } while (!page.getNextPageToken().isEmpty());
  }

  private void advance(String name) {
    Opportunity opportunity =
        pipeline.advanceOpportunity(
            AdvanceOpportunityRequest.newBuilder()
                .setName(name)
                // One id for all attempts: the move is made once, however often it is sent.
                .setRequestId(UUID.randomUUID().toString())
                .build());
    System.out.printf("%s is in %s now%n", opportunity.getName(), opportunity.getStage());
  }

  /**
   * Lists what is there, then follows what changes: nothing is missed between the two, nor while
   * the server is away.
   */
  private void watch(int count) throws InterruptedException {
    WatchRequest.Builder request =
        WatchRequest.newBuilder()
            .setResumeToken(pipeline.listOpportunities(OPEN_RENEWALS).getResumeToken())
            .addResourceTypes("Opportunity");
    System.out.println("Watching");
    int seen = 0;
    while (seen < count) {
      try {
        Iterator<WatchResponse> responses = history.watch(request.build());
        while (seen < count && responses.hasNext()) {
          WatchResponse response = responses.next();
          for (Change change : response.getChangesList()) {
            System.out.println(change.getOperation() + " " + change.getResourceName());
            seen++;
          }
          request.setResumeToken(response.getResumeToken());
        }
      } catch (StatusRuntimeException error) {
        if (error.getStatus().getCode() != Status.Code.UNAVAILABLE) {
          throw error;
        }
        // From where it was.
        Thread.sleep(200);
      }
    }
  }

  /** The reason, which programs can go by, and what would have to be different, which people can. */
  private static String explain(StatusRuntimeException error) {
    String reason = error.getStatus().getCode().name();
    StringBuilder conditions = new StringBuilder();
    com.google.rpc.Status status = StatusProto.fromThrowable(error);
    try {
      for (Any detail : status == null ? List.<Any>of() : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          reason = detail.unpack(ErrorInfo.class).getReason();
        } else if (detail.is(PreconditionFailure.class)) {
          for (var violation : detail.unpack(PreconditionFailure.class).getViolationsList()) {
            conditions.append(line(violation.getType(), violation.getDescription()));
          }
        } else if (detail.is(BadRequest.class)) {
          for (var violation : detail.unpack(BadRequest.class).getFieldViolationsList()) {
            conditions.append(line(violation.getField(), violation.getDescription()));
          }
        }
      }
    } catch (InvalidProtocolBufferException mangled) {
      // What was read so far is still true.
    }
    return reason + ": " + error.getStatus().getDescription() + conditions;
  }

  private static String line(String subject, String description) {
    return "\n  " + subject + ": " + description;
  }
}
