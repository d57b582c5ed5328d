package dev.perennial.client;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import dev.perennial.testing.ThrowawayServer;
import dev.perennial.v1.Account;
import dev.perennial.v1.AccountServiceGrpc;
import dev.perennial.v1.CreateAccountRequest;
import dev.perennial.v1.HistoryServiceGrpc;
import dev.perennial.v1.ListAccountsRequest;
import dev.perennial.v1.ListChangesRequest;
import dev.perennial.v1.UpdateAccountRequest;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntFunction;
import org.junit.Test;

/** What is attempted again, with what, and what is said where it fails. */
public class CallsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static Connection connect(String address, Duration timeout) {
    return Connection.over(
        ManagedChannelBuilder.forTarget(address).usePlaintext(), "ada müller", timeout);
  }

  @Test
  public void callsRideOutKills() throws Exception {
    int kills = 7;
    int writers = 4;
    int each = 60;
    try (ThrowawayServer server = ThrowawayServer.with().start();
        Connection connection = connect(server.target(), PATIENCE)) {
      var accounts = AccountServiceGrpc.newBlockingStub(connection.channel());
      BlockingQueue<String> written = new LinkedBlockingQueue<>();
      List<Throwable> errors = new CopyOnWriteArrayList<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        String writer = "w" + i + "-";
        threads.add(
            new Thread(
                () -> {
                  for (int number = 0; number < each; number++) {
                    try {
                      accounts.createAccount(account(writer + number));
                    } catch (Throwable error) {
                      errors.add(error);
                    }
                    written.add(writer);
                  }
                }));
      }
      threads.forEach(Thread::start);
      // Each life of the server gets some work done, so that no call is killed for ever.
      for (int kill = 0; kill < kills; kill++) {
        for (int i = 0; i < 20; i++) written.take();
        server.kill();
        server.start();
      }
      for (Thread thread : threads) thread.join();
      assertEquals(List.of(), errors);
      var all = ListAccountsRequest.newBuilder().setPageSize(1000).build();
      assertEquals(writers * each, accounts.listAccounts(all).getAccountsCount());
    }
  }

  private static CreateAccountRequest account(String id) {
    return CreateAccountRequest.newBuilder()
        .setAccountId(id)
        .setAccount(Account.newBuilder().setDisplayName("A"))
        .build();
  }

  @Test
  public void updateSendsWhatDiffers() throws Exception {
    try (ThrowawayServer server = ThrowawayServer.with().start();
        Connection connection = connect(server.target(), PATIENCE)) {
      var accounts = AccountServiceGrpc.newBlockingStub(connection.channel());
      var request = account("a").toBuilder();
      request.getAccountBuilder().setSegment("small").putLabels("tier", "gold").putLabels("p", "x");
      Account before = accounts.createAccount(request.build());
      Account edited =
          before.toBuilder().clearSegment().removeLabels("tier").putLabels("new", "y").build();
      var defaults = UpdateAccountRequest.getDefaultInstance();
      Account updated = Masks.update(accounts::updateAccount, defaults, before, edited);
      assertEquals("", updated.getSegment());
      assertEquals(Map.of("p", "x", "new", "y"), updated.getLabelsMap());
      assertSame(updated, Masks.update(accounts::updateAccount, defaults, updated, updated));
      Account late = before.toBuilder().setNote("late").build();
      var refused =
          assertThrows(
              StatusRuntimeException.class,
              () -> Masks.update(accounts::updateAccount, defaults, before, late));
      assertEquals("ETAG_MISMATCH", ErrorDetails.of(refused).reason());
      var changes =
          HistoryServiceGrpc.newBlockingStub(connection.channel())
              .listChanges(ListChangesRequest.newBuilder().setFilter("operation = UPDATED").build());
      assertEquals(1, changes.getChangesCount());
      assertEquals("ada müller", changes.getChanges(0).getActor());
    }
  }

  /** A server whose answers are said beforehand: an error, or nothing at all for ever. */
  private static final class Fake extends AccountServiceGrpc.AccountServiceImplBase
      implements AutoCloseable {
    static final Throwable SILENCE = new Throwable();
    final List<CreateAccountRequest> requests = new CopyOnWriteArrayList<>();
    private final IntFunction<Throwable> answer;
    private final Server server;

    /**
     * @param answer null, or an error, by the number of the attempt
     */
    Fake(IntFunction<Throwable> answer) throws Exception {
      this.answer = answer;
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
              .addService(this)
              .build()
              .start();
    }

    @Override
    public void createAccount(CreateAccountRequest request, StreamObserver<Account> observer) {
      requests.add(request);
      Throwable error = answer.apply(requests.size());
      if (error == SILENCE) return;
      if (error != null) {
        observer.onError(error);
        return;
      }
      observer.onNext(Account.newBuilder().setNote("made").build());
      observer.onCompleted();
    }

    Account create(Duration timeout) {
      try (Connection connection = connect("127.0.0.1:" + server.getPort(), timeout)) {
        return AccountServiceGrpc.newBlockingStub(connection.channel())
            .createAccount(CreateAccountRequest.getDefaultInstance());
      }
    }

    StatusRuntimeException fail(Duration timeout) {
      return assertThrows(StatusRuntimeException.class, () -> create(timeout));
    }

    @Override
    public void close() {
      server.shutdownNow();
    }
  }

  static StatusRuntimeException refused(Status.Code code, Message... details) {
    var status = com.google.rpc.Status.newBuilder().setCode(code.value()).setMessage("refused");
    for (Message detail : details) status.addDetails(Any.pack(detail));
    return StatusProto.toStatusRuntimeException(status.build());
  }

  static ErrorInfo reason(String reason) {
    return ErrorInfo.newBuilder()
        .setReason(reason)
        .setDomain("perennial")
        .putMetadata("a", "b")
        .build();
  }

  private static RetryInfo retry(long seconds) {
    var info = RetryInfo.newBuilder();
    info.getRetryDelayBuilder().setSeconds(seconds);
    return info.build();
  }

  @Test
  public void aWriteKeepsItsRequestId() throws Exception {
    try (Fake fake =
        new Fake(
            attempt ->
                attempt < 7
                    ? refused(Status.Code.UNAVAILABLE)
                    : attempt == 7
                        ? refused(Status.Code.ABORTED, reason("WRITE_CONFLICT"))
                        : null)) {
      assertEquals("made", fake.create(PATIENCE).getNote());
      assertEquals(8, fake.requests.size());
      assertFalse(fake.requests.get(0).getRequestId().isEmpty());
      assertEquals(1, fake.requests.stream().distinct().count());
    }
  }

  @Test
  public void whatDoesNotPassIsNotAttemptedAgain() throws Exception {
    for (StatusRuntimeException failure :
        List.of(
            refused(Status.Code.ABORTED, reason("ETAG_MISMATCH")),
            refused(Status.Code.RESOURCE_EXHAUSTED, reason("OVERLOADED")),
            refused(Status.Code.INVALID_ARGUMENT),
            // Longer than there is time.
            refused(Status.Code.RESOURCE_EXHAUSTED, retry(3600)))) {
      try (Fake fake = new Fake(attempt -> failure)) {
        assertEquals(failure.getStatus().getCode(), fake.fail(PATIENCE).getStatus().getCode());
        assertEquals(1, fake.requests.size());
      }
    }
  }

  @Test
  public void aDeadlineSaysWhatItWasFor() throws Exception {
    try (Fake fake = new Fake(attempt -> refused(Status.Code.UNAVAILABLE))) {
      ErrorDetails details = ErrorDetails.of(fake.fail(Duration.ofMillis(500)));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, details.code());
      assertEquals("DEADLINE_PASSED", details.reason());
      DeadlinePassed deadline = details.deadline().get();
      assertEquals("AccountService.CreateAccount", deadline.method());
      // The last one may not have come that far.
      int missing = deadline.attempts() - fake.requests.size();
      assertTrue("" + missing, missing == 0 || missing == 1);
      assertTrue(deadline.attempts() > 1);
      assertEquals(Status.Code.UNAVAILABLE, deadline.last().getStatus().getCode());
      assertTrue(
          details.toString(),
          details.message().startsWith("AccountService.CreateAccount was not done within 0."));
    }
    try (Fake fake = new Fake(attempt -> Fake.SILENCE)) {
      DeadlinePassed deadline =
          ErrorDetails.of(fake.fail(Duration.ofMillis(500))).deadline().get();
      assertEquals(1, deadline.attempts());
      assertNull(deadline.last());
    }
  }

  @Test
  public void aCallThatIsCancelledEnds() throws Exception {
    try (Fake fake = new Fake(attempt -> refused(Status.Code.UNAVAILABLE));
        Connection connection = connect("127.0.0.1:" + fake.server.getPort(), PATIENCE)) {
      var call =
          AccountServiceGrpc.newFutureStub(connection.channel())
              .createAccount(CreateAccountRequest.getDefaultInstance());
      while (fake.requests.size() < 3) Thread.yield();
      call.cancel(true);
      assertTrue(call.isCancelled());
      Thread interrupted =
          new Thread(
              () ->
                  AccountServiceGrpc.newBlockingStub(connection.channel())
                      .createAccount(CreateAccountRequest.getDefaultInstance()));
      interrupted.setUncaughtExceptionHandler((thread, error) -> {});
      int before = fake.requests.size();
      interrupted.start();
      while (fake.requests.size() < before + 3) Thread.yield();
      interrupted.interrupt();
      interrupted.join();
    }
  }

  @Test
  public void detailsAreComplete() {
    ErrorDetails details =
        ErrorDetails.of(
            new RuntimeException(
                refused(
                    Status.Code.FAILED_PRECONDITION,
                    reason("GATE_UNMET"),
                    BadRequest.newBuilder()
                        .addFieldViolations(
                            BadRequest.FieldViolation.newBuilder()
                                .setField("name")
                                .setDescription("give one"))
                        .build(),
                    PreconditionFailure.newBuilder()
                        .addViolations(
                            PreconditionFailure.Violation.newBuilder()
                                .setType("CONTACTS_VERIFIED")
                                .setDescription("verify"))
                        .build(),
                    ResourceInfo.newBuilder()
                        .setResourceType("Account")
                        .setResourceName("accounts/a")
                        .build(),
                    retry(1))));
    assertEquals("GATE_UNMET", details.reason());
    assertEquals(Map.of("a", "b"), details.metadata());
    assertEquals(List.of(new ErrorDetails.Violation("name", "give one")), details.fields());
    assertEquals(
        List.of(new ErrorDetails.Violation("CONTACTS_VERIFIED", "verify")), details.unmet());
    assertEquals(
        new ErrorDetails.ResourceRef("Account", "accounts/a"), details.resource().get());
    assertEquals(Duration.ofSeconds(1), details.retryDelay().get());
    ErrorInfo others = reason("GATE_UNMET").toBuilder().setDomain("proxy.example.com").build();
    assertEquals("", ErrorDetails.of(refused(Status.Code.NOT_FOUND, others)).reason());
  }
}
