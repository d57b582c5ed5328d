package dev.perennial.client;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import dev.perennial.testing.ThrowawayServer;
import dev.perennial.v1.AccountServiceGrpc;
import dev.perennial.v1.GetAccountRequest;
import dev.perennial.v1.ListOpportunitiesRequest;
import dev.perennial.v1.PipelineServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.Test;

public class ThrowawayServerTest {
  private static final String DUE_SOON =
      "resources { product { name: 'products/plan' display_name: 'Plan' } }\n"
          + "resources { account { name: 'accounts/a' display_name: 'A' } }\n"
          + "resources { subscription {"
          + " name: 'accounts/a/subscriptions/s' product: 'products/plan' seats: 1 term_months: 12"
          + " arr { currency_code: 'USD' micros: 1000000 }"
          + " start_date { year: 2024 month: 2 day: 1 } } }";

  // The renewal that its job has opened; the log tells of a call that fails.
  private static String useSeeded(long idSeed) throws Exception {
    try (ThrowawayServer server =
            ThrowawayServer.with().seedText(DUE_SOON).idSeed(idSeed).start();
        Connection connection = Connection.open(server.target(), "test")) {
      var open =
          PipelineServiceGrpc.newBlockingStub(connection.channel())
              .listOpportunities(
                  ListOpportunitiesRequest.newBuilder().setParent("accounts/-").build());
      assertEquals(1, open.getOpportunitiesCount());
      var accounts = AccountServiceGrpc.newBlockingStub(connection.channel());
      assertThrows(
          StatusRuntimeException.class,
          () ->
              accounts.getAccount(
                  GetAccountRequest.newBuilder().setName("accounts/nobody").build()));
      assertEquals(0, server.stop());
      String said = server.describeFailure();
      assertTrue(said, said.contains("\"request\":\"name: \\\"accounts/nobody\\\"\""));
      return open.getOpportunities(0).getName();
    }
  }

  @Test
  public void serversAreAlikeBySeed() throws Exception {
    String first = useSeeded(1);
    assertEquals(first, useSeeded(1));
    assertNotEquals(first, useSeeded(2));
  }

  @Test
  public void saysWhyItDoesNotStart() {
    String seed = "resources { account { name: 'accounts/a' } }";
    assertRefused("no-such-flag", ThrowawayServer.with().flags("--no-such-flag"));
    assertRefused("display_name", ThrowawayServer.with().seedText(seed));
    assertRefused("there is no perennia", ThrowawayServer.with().programs(Path.of("/nowhere")));
  }

  private static void assertRefused(String why, ThrowawayServer.Options options) {
    IOException error = assertThrows(IOException.class, options::start);
    assertTrue(error.getMessage(), error.getMessage().contains(why));
  }
}
