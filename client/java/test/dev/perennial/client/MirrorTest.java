package dev.perennial.client;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import dev.perennial.testing.ThrowawayServer;
import dev.perennial.v1.Account;
import dev.perennial.v1.AccountServiceGrpc;
import dev.perennial.v1.Change;
import dev.perennial.v1.CreateAccountRequest;
import dev.perennial.v1.DeleteAccountRequest;
import dev.perennial.v1.HistoryServiceGrpc;
import dev.perennial.v1.ListAccountsRequest;
import dev.perennial.v1.ListChangesRequest;
import dev.perennial.v1.ListOpportunitiesRequest;
import dev.perennial.v1.ListOpportunitiesResponse;
import dev.perennial.v1.Opportunity;
import dev.perennial.v1.PipelineServiceGrpc;
import dev.perennial.v1.UpdateAccountRequest;
import dev.perennial.v1.WatchRequest;
import dev.perennial.v1.WatchResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import org.junit.Test;

/** A mirror stays as the list is. */
public class MirrorTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

  private void assertSeen(String... events) throws InterruptedException {
    for (String event : events) assertEquals(event, seen.take());
  }

  @Test
  public void followsWhatItsFilterFinds() throws Exception {
    try (ThrowawayServer server = ThrowawayServer.with().start();
        Connection connection = Connection.open(server.target(), "test")) {
      var accounts = AccountServiceGrpc.newBlockingStub(connection.channel());
      accounts.createAccount(create("a", "big"));
      accounts.createAccount(create("b", "small"));
      try (Mirror<Account> mirror =
          Mirror.start(
              Account.getDefaultInstance(),
              accounts::listAccounts,
              ListAccountsRequest.newBuilder().setFilter("segment = \"big\"").build(),
              HistoryServiceGrpc.newBlockingStub(connection.channel()),
              event -> seen.add((event.kind() + " " + event.name()).strip()))) {
        mirror.await(PATIENCE);
        assertSeen("ADDED accounts/a", "SYNCED");
        accounts.updateAccount(update("b", Account.newBuilder().setSegment("big")));
        assertSeen("ADDED accounts/b");
        accounts.updateAccount(update("a", Account.newBuilder().setDisplayName("A")));
        assertSeen("CHANGED accounts/a");
        accounts.updateAccount(update("a", Account.newBuilder().setSegment("small")));
        assertSeen("REMOVED accounts/a");

        server.kill();
        assertSeen("BROKEN");
        assertTrue(mirror.error().isPresent());
        server.start();
        mirror.await(PATIENCE);
        assertSeen("SYNCED");
        accounts.createAccount(create("c", "big"));
        assertSeen("ADDED accounts/c");
        accounts.deleteAccount(DeleteAccountRequest.newBuilder().setName("accounts/b").build());
        assertSeen("REMOVED accounts/b");
        assertEquals("c", mirror.get("accounts/c").get().getDisplayName());
        assertEquals(1, mirror.snapshot().size());
      }
    }
  }

  private static CreateAccountRequest create(String id, String segment) {
    return CreateAccountRequest.newBuilder()
        .setAccountId(id)
        .setAccount(Account.newBuilder().setDisplayName(id).setSegment(segment))
        .build();
  }

  private static UpdateAccountRequest update(String id, Account.Builder account) {
    return UpdateAccountRequest.newBuilder().setAccount(account.setName("accounts/" + id)).build();
  }

  @Test
  public void endsWhereTheFilterIsWrong() throws Exception {
    try (ThrowawayServer server = ThrowawayServer.with().start();
        Connection connection = Connection.open(server.target(), "test")) {
      var accounts = AccountServiceGrpc.newBlockingStub(connection.channel());
      var history = HistoryServiceGrpc.newBlockingStub(connection.channel());
      try (Mirror<Account> mirror =
          Mirror.start(
              Account.getDefaultInstance(),
              accounts::listAccounts,
              ListAccountsRequest.newBuilder().setFilter("nonsense = 1").build(),
              history,
              event -> {})) {
        var ended = assertThrows(IllegalStateException.class, () -> mirror.await(PATIENCE));
        assertEquals("INVALID_FILTER", ErrorDetails.of(ended).reason());
      }
      assertThrows(
          IllegalArgumentException.class,
          () ->
              Mirror.start(
                  Change.getDefaultInstance(),
                  history::listChanges,
                  ListChangesRequest.getDefaultInstance(),
                  history,
                  event -> {}));
    }
  }

  /** A server of which every list and stream is said beforehand; the last list again and again. */
  private static final class Fake implements AutoCloseable {
    final BlockingQueue<ListOpportunitiesRequest> asked = new LinkedBlockingQueue<>();
    final BlockingQueue<WatchRequest> watched = new LinkedBlockingQueue<>();
    final Deque<Object> lists = new ArrayDeque<>(); // names of opportunities, or an error
    final Deque<Object> streams = new ArrayDeque<>(); // a response, or an error
    private final Server server;
    private final Connection connection;
    private Mirror<Opportunity> mirror;

    Fake() throws Exception {
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
              .addService(
                  new PipelineServiceGrpc.PipelineServiceImplBase() {
                    @Override
                    public void listOpportunities(
                        ListOpportunitiesRequest request,
                        StreamObserver<ListOpportunitiesResponse> observer) {
                      list(request, observer);
                    }
                  })
              .addService(
                  new HistoryServiceGrpc.HistoryServiceImplBase() {
                    @Override
                    public void watch(WatchRequest request, StreamObserver<WatchResponse> observer) {
                      Fake.this.watch(request, observer);
                    }
                  })
              .build()
              .start();
      connection = Connection.open("127.0.0.1:" + server.getPort(), "test");
    }

    private synchronized void list(
        ListOpportunitiesRequest request, StreamObserver<ListOpportunitiesResponse> observer) {
      asked.add(request);
      Object found = lists.size() > 1 ? lists.poll() : lists.peek();
      if (found instanceof Throwable) {
        observer.onError((Throwable) found);
        return;
      }
      var response = ListOpportunitiesResponse.newBuilder().setResumeToken("list");
      for (Object name : (List<?>) found) {
        response.addOpportunitiesBuilder().setName((String) name);
      }
      observer.onNext(response.build());
      observer.onCompleted();
    }

    private synchronized void watch(WatchRequest request, StreamObserver<WatchResponse> observer) {
      watched.add(request);
      Object say = streams.poll();
      if (say instanceof Throwable) observer.onError((Throwable) say);
      if (say instanceof WatchResponse) observer.onNext((WatchResponse) say);
    }

    Mirror<Opportunity> mirror(String parent, String filter) throws Exception {
      mirror =
          Mirror.start(
              Opportunity.getDefaultInstance(),
              PipelineServiceGrpc.newBlockingStub(connection.channel())::listOpportunities,
              ListOpportunitiesRequest.newBuilder().setParent(parent).setFilter(filter).build(),
              HistoryServiceGrpc.newBlockingStub(connection.channel()),
              event -> {});
      mirror.await(PATIENCE);
      return mirror;
    }

    String names() {
      return mirror.sorted(Comparator.comparing(Opportunity::getName)).stream()
          .map(each -> each.getName().replace("/opportunities/", "/"))
          .collect(Collectors.joining(" "));
    }

    @Override
    public void close() {
      if (mirror != null) mirror.close();
      connection.close();
      server.shutdownNow();
    }
  }

  private static WatchResponse changed(List<String> names) {
    var response = WatchResponse.newBuilder().setResumeToken("after");
    for (String name : names) {
      response
          .addChangesBuilder()
          .setResourceName(name)
          .setResourceType(name.contains("/opportunities/") ? "Opportunity" : "Account")
          .setOperation(Change.Operation.UPDATED);
    }
    return response.build();
  }

  @Test
  public void asksAgainInBatches() throws Exception {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 120; i++) names.add("accounts/a/opportunities/" + i);
    try (Fake fake = new Fake()) {
      fake.lists.add(List.of());
      fake.streams.add(changed(names));
      fake.mirror("accounts/-", "outcome = OPEN");
      fake.asked.take();
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 3; i++) {
        String filter = fake.asked.take().getFilter();
        assertTrue(filter, filter.startsWith("(outcome = OPEN) AND (name = \""));
        assertTrue(filter.length() <= Listing.LONGEST_FILTER);
        assertTrue(filter.split("name =").length - 1 <= Listing.NAMES_AT_ONCE);
        all.append(filter);
      }
      for (String name : names) assertEquals(2, all.toString().split("\"" + name + "\"", -1).length);
    }
  }

  @Test
  public void asksForWhatIsBelowAChangedAccount() throws Exception {
    try (Fake fake = new Fake()) {
      fake.lists.add(List.of("accounts/a/opportunities/1", "accounts/ab/opportunities/1"));
      fake.lists.add(List.of("accounts/a/opportunities/2"));
      fake.streams.add(changed(List.of("accounts/a")));
      fake.mirror("accounts/-", "f");
      fake.asked.take();
      ListOpportunitiesRequest again = fake.asked.take();
      assertEquals("accounts/a f", again.getParent() + " " + again.getFilter());
      assertEquals("accounts/a/2 accounts/ab/1", fake.names());
    }
  }

  @Test
  public void listsAnewWhereTheTokenIsExpired() throws Exception {
    try (Fake fake = new Fake()) {
      fake.lists.add(List.of("accounts/a/opportunities/1"));
      fake.lists.add(List.of("accounts/a/opportunities/2"));
      fake.streams.add(
          CallsTest.refused(Status.Code.OUT_OF_RANGE, CallsTest.reason("RESUME_TOKEN_EXPIRED")));
      fake.streams.add(changed(List.of()));
      fake.mirror("accounts/a", "");
      assertEquals("accounts/a/2", fake.names());
      WatchRequest first = fake.watched.take();
      assertEquals(List.of("accounts/a"), first.getAccountsList());
      assertEquals(List.of("Opportunity", "Account"), first.getResourceTypesList());
      assertEquals("list", first.getResumeToken());
    }
  }

  @Test
  public void listsAllWhereTheFilterBearsNoMore() throws Exception {
    try (Fake fake = new Fake()) {
      fake.lists.add(List.of());
      fake.lists.add(
          CallsTest.refused(Status.Code.INVALID_ARGUMENT, CallsTest.reason("INVALID_FILTER")));
      fake.lists.add(List.of("accounts/a/opportunities/1"));
      fake.streams.add(changed(List.of("accounts/a/opportunities/1")));
      fake.mirror("accounts/-", "long");
      assertEquals("accounts/a/1", fake.names());
    }
  }

  @Test
  public void keepsItsPlaceUntilWhatChangedWasAsked() throws Exception {
    WatchResponse change = changed(List.of("accounts/a/opportunities/1"));
    try (Fake fake = new Fake()) {
      fake.lists.add(List.of());
      fake.lists.add(CallsTest.refused(Status.Code.DEADLINE_EXCEEDED));
      fake.lists.add(List.of("accounts/a/opportunities/1"));
      fake.streams.add(change);
      fake.streams.add(change);
      fake.mirror("accounts/-", "");
      assertEquals("accounts/a/1", fake.names());
      assertEquals("list", fake.watched.take().getResumeToken());
      assertEquals("list", fake.watched.take().getResumeToken());
    }
  }
}
