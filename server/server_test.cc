#include "server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/civil_time.h"
#include "grpc/health/v1/health.pb.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/storage/migrations.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/clock_service.pb.h"
#include "server/rpc/test_client.h"
#include "tests/support/decorated_database.h"
#include "tests/support/server/test_server.h"

namespace perennial {
namespace {

using grpc::health::v1::HealthCheckResponse;
using testing::HasSubstr;

constexpr char kMoveTime[] = "/perennial.v1.ClockService/MoveTime";

// A database whose reads and writes fail, or hang, where they are told to.
class FailingDatabase final : public DecoratedDatabase {
 public:
  struct Faults {
    std::atomic<absl::StatusCode> read{absl::StatusCode::kOk};
    std::atomic<absl::StatusCode> write{absl::StatusCode::kOk};
    // Reads wait for the second once the first has been notified.
    absl::Notification hang;
    absl::Notification go_on;
  };

  FailingDatabase(std::unique_ptr<sql::Database> database, Faults& faults)
      : DecoratedDatabase(std::move(database)), faults_(faults) {}

 private:
  absl::Status RunRead(Way way, absl::Time deadline, Function fn) override {
    if (faults_.hang.HasBeenNotified()) faults_.go_on.WaitForNotification();
    if (faults_.read != absl::StatusCode::kOk) return absl::Status(faults_.read, "a fault");
    return Run(way, deadline, fn);
  }
  absl::Status RunWrite(Way way, absl::Time deadline, Function fn) override {
    if (faults_.write != absl::StatusCode::kOk) return absl::Status(faults_.write, "a fault");
    return Run(way, deadline, fn);
  }
  absl::Status Before(sql::Connection&, absl::string_view, absl::Span<const sql::Bind>) override {
    return absl::OkStatus();
  }

  Faults& faults_;
};

class ServerTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override { SKIP_UNLESS_AVAILABLE(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Engines, ServerTest, EveryEngine(), EngineName);

absl::StatusOr<v1::ClockTime> MoveTime(const std::string& address, int days) {
  v1::MoveTimeRequest request;
  request.set_days(days);
  return TestClient(address).Call<v1::ClockTime>(kMoveTime, request);
}

TEST_P(ServerTest, KeepsWhatWasWrittenOverARestart) {
  TestServer server(GetParam());
  v1::CreateProductRequest create;
  create.set_product_id("suite");
  create.mutable_product()->set_display_name("Suite");
  const auto created = TestClient(server.address())
                           .Call<v1::Product>("/perennial.v1.CatalogService/CreateProduct", create);
  ASSERT_TRUE(created.ok()) << created.status();

  server.Restart();
  v1::GetProductRequest get;
  get.set_name(created->name());
  const auto found = TestClient(server.address())
                         .Call<v1::Product>("/perennial.v1.CatalogService/GetProduct", get);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->SerializeAsString(), created->SerializeAsString());
}

TEST_P(ServerTest, AManualClockMovesByTheService) {
  TestServer server(GetParam());
  const auto time = MoveTime(server.address(), 3);
  ASSERT_TRUE(time.ok()) << time.status();
  EXPECT_EQ(ToTime(time->time()), absl::FromCivil(absl::CivilDay(2025, 1, 4), absl::UTCTimeZone()));
}

TEST_P(ServerTest, TheSystemsClockDoesNotMove) {
  TestServer server(GetParam(), [](Server::Options& options) { options.manual_clock.reset(); });
  EXPECT_EQ(ReasonOf(MoveTime(server.address(), 3).status()), v1::CLOCK_NOT_MANUAL);
}

TEST_P(ServerTest, RefusesASchemaThatItDoesNotKnow) {
  const TestDatabase database(GetParam());
  std::vector<sql::Migration> migrations(Migrations().begin(), Migrations().end());
  const int next = static_cast<int>(migrations.size()) + 1;
  migrations.push_back({next, "later", "CREATE TABLE later ($key(name, 10)) $options;\n"});
  ASSERT_TRUE(sql::Migrate(*database.Open(), migrations).ok());

  Server::Options options;
  options.database = database.options();
  options.rpc.listen = "127.0.0.1:0";
  const absl::Status status = Server::Start(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("migration ", next)));
  EXPECT_EQ(MigrateDatabase(options.database).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(ServerTest, AServerThatStartsWhileAnotherMigratesWaitsForIt) {
  if (GetParam() == sql::Engine::kSqlite) GTEST_SKIP() << "SQLite takes one server at a time";
  const TestDatabase test_database(GetParam());
  const std::unique_ptr<sql::Database> database = test_database.Open();
  Server::Options options;
  options.database = test_database.options();
  options.rpc.listen = "127.0.0.1:0";
  const auto start = [&] { return Server::Start(options).status(); };
  std::future<absl::Status> migrating[] = {std::async(std::launch::async, start),
                                           std::async(std::launch::async, start)};
  while (sql::SchemaVersion(*database).value_or(0) == 0) std::this_thread::yield();
  const absl::Status waited = start();
  EXPECT_TRUE(waited.ok()) << waited;
  for (auto& each : migrating) {
    const absl::Status status = each.get();
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST_P(ServerTest, AFirstStartThatWasCutOffGoesOnByItself) {
  const TestDatabase database(GetParam());
  std::vector<sql::Migration> cut_off(Migrations().begin(), Migrations().end());
  cut_off.back().text = "CREATE TABLE;\n";
  ASSERT_FALSE(sql::Migrate(*database.Open(), cut_off).ok());
  Server::Options options;
  options.database = database.options();
  options.rpc.listen = "127.0.0.1:0";
  const absl::Status status = Server::Start(options).status();
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(ServerTest, AnOlderSchemaIsUpgradedOnlyWhenSomebodySaysSo) {
  const TestDatabase database(GetParam());
  ASSERT_TRUE(
      sql::Migrate(*database.Open(), Migrations().subspan(0, Migrations().size() - 1)).ok());
  Server::Options options;
  options.database = database.options();
  options.rpc.listen = "127.0.0.1:0";
  EXPECT_THAT(std::string(Server::Start(options).status().message()),
              HasSubstr("`perenniald migrate` upgrades it"));
  ASSERT_TRUE(MigrateDatabase(options.database).ok());
  EXPECT_TRUE(Server::Start(options).ok());
}

// Reads the stream up to a response with the status.
void AwaitHealth(TestClient::Stream& health, HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  grpc::ByteBuffer buffer;
  do {
    ASSERT_TRUE(health.Read(&buffer));
    ASSERT_TRUE(response.ParseFromString(ToString(buffer)));
  } while (response.status() != status);
}

TEST_P(ServerTest, HealthFollowsWhatTheDatabaseCanDoAndComesBackByItself) {
  FailingDatabase::Faults faults;
  TestServer server(GetParam(), [&](Server::Options& options) {
    options.decorate = [&](std::unique_ptr<sql::Database> database) {
      return std::make_unique<FailingDatabase>(std::move(database), faults);
    };
  });
  TestClient client(server.address());
  grpc::ClientContext contexts[3];
  std::unique_ptr<TestClient::Stream> health[3];
  const std::string names[] = {"", "perennial.v1.reads", "perennial.v1.writes"};
  for (int i = 0; i < 3; ++i) {
    health[i] = client.Open("/grpc.health.v1.Health/Watch", contexts[i]);
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(names[i]);
    ASSERT_TRUE(health[i]->Write(ToBuffer(request.SerializeAsString())));
    AwaitHealth(*health[i], HealthCheckResponse::SERVING);
  }
  faults.write = absl::StatusCode::kResourceExhausted;
  AwaitHealth(*health[2], HealthCheckResponse::NOT_SERVING);
  AwaitHealth(*health[0], HealthCheckResponse::NOT_SERVING);
  faults.read = absl::StatusCode::kUnavailable;
  AwaitHealth(*health[1], HealthCheckResponse::NOT_SERVING);
  faults.read = absl::StatusCode::kOk;
  faults.write = absl::StatusCode::kOk;
  for (const auto& each : health) AwaitHealth(*each, HealthCheckResponse::SERVING);
  for (grpc::ClientContext& context : contexts) context.TryCancel();
}

TEST_P(ServerTest, ADatabaseThatDoesNotAnswerIsNotServing) {
  FailingDatabase::Faults faults;
  TestServer server(GetParam(), [&](Server::Options& options) {
    options.decorate = [&](std::unique_ptr<sql::Database> database) {
      return std::make_unique<FailingDatabase>(std::move(database), faults);
    };
  });
  TestClient client(server.address());
  grpc::ClientContext context;
  const auto health = client.Open("/grpc.health.v1.Health/Watch", context);
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("perennial.v1.reads");
  ASSERT_TRUE(health->Write(ToBuffer(request.SerializeAsString())));
  AwaitHealth(*health, HealthCheckResponse::SERVING);
  faults.hang.Notify();
  AwaitHealth(*health, HealthCheckResponse::NOT_SERVING);
  faults.go_on.Notify();
  AwaitHealth(*health, HealthCheckResponse::SERVING);
  context.TryCancel();
}

TEST_P(ServerTest, MigrateMakesTheSchemaThatIsServed) {
  const TestDatabase database(GetParam());
  ASSERT_TRUE(MigrateDatabase(database.options()).ok());
  EXPECT_TRUE(sql::CheckSchema(*database.Open(), Migrations()).ok());
  EXPECT_TRUE(MigrateDatabase(database.options()).ok());
}

}  // namespace
}  // namespace perennial
