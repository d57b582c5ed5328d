import dev.perennial.client.Connection;
import dev.perennial.client.Days;
import dev.perennial.client.ErrorDetails;
import dev.perennial.client.Labels;
import dev.perennial.client.MoneyText;
import dev.perennial.client.Watch;
import dev.perennial.v1.AdvanceOpportunityRequest;
import dev.perennial.v1.Change;
import dev.perennial.v1.HistoryServiceGrpc;
import dev.perennial.v1.ListOpportunitiesRequest;
import dev.perennial.v1.ListOpportunitiesResponse;
import dev.perennial.v1.Opportunity;
import dev.perennial.v1.PipelineServiceGrpc;
import dev.perennial.v1.WatchRequest;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;

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
  /** All open opportunities, of every account. */
  private static final ListOpportunitiesRequest OPEN_RENEWALS =
      ListOpportunitiesRequest.newBuilder()
          .setParent("accounts/-")
          .setFilter("outcome = OPEN")
          .setOrderBy("renewal_date")
          .build();

  private final PipelineServiceGrpc.PipelineServiceBlockingStub pipeline;
  private final HistoryServiceGrpc.HistoryServiceBlockingStub history;

  private Renewals(Channel channel) {
    pipeline = PipelineServiceGrpc.newBlockingStub(channel);
    history = HistoryServiceGrpc.newBlockingStub(channel);
  }

  public static void main(String[] args) throws Exception {
    String address = System.getenv().getOrDefault("PERENNIAL_SERVER", "127.0.0.1:50051");
    int exitCode = 0;
    // The history calls us by this name.
    try (Connection connection = Connection.open(address, System.getProperty("user.name"))) {
      new Renewals(connection.channel()).run(args);
    } catch (StatusRuntimeException error) {
      System.err.println("renewals: " + ErrorDetails.of(error));
      exitCode = 1;
    } catch (IllegalArgumentException error) {
      System.err.println("renewals: " + error.getMessage());
      exitCode = 2;
    }
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
        System.out.printf(
            "%s %s %s %s%n",
            opportunity.getName(),
            Labels.of(Opportunity.Stage.getDescriptor(), opportunity.getStageValue()),
            Days.format(opportunity.getRenewalDate()),
            MoneyText.format(opportunity.getArr()));
      }
      request = request.toBuilder().setPageToken(page.getNextPageToken()).build();
    } while (!page.getNextPageToken().isEmpty());
  }

  /** The move is made once, however often it is attempted: Connection's calls see to that. */
  private void advance(String name) {
    Opportunity opportunity =
        pipeline.advanceOpportunity(AdvanceOpportunityRequest.newBuilder().setName(name).build());
    System.out.printf("%s is in %s now%n", name, Labels.of(opportunity.getStage()));
  }

  /**
   * Lists what is there, then follows what changes: nothing is missed between the two, nor while
   * the server is away.
   */
  private void watch(int count) throws InterruptedException {
    WatchRequest request =
        WatchRequest.newBuilder()
            .setResumeToken(pipeline.listOpportunities(OPEN_RENEWALS).getResumeToken())
            .addResourceTypes("Opportunity")
            .build();
    System.out.println("Watching");
    int[] left = {count};
    try (Watch changes = new Watch(history, request)) {
      changes.follow(
          response -> {
            for (Change change : response.getChangesList()) {
              if (left[0]-- <= 0) break;
              System.out.println(change.getOperation() + " " + change.getResourceName());
            }
            if (left[0] <= 0) changes.close();
          },
          broken -> {});
    }
  }
}
