#include "tests/conformance/fixture.h"

#include <atomic>
#include <cstdlib>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/history_fold.h"
#include "tests/conformance/recording.h"
#include "tests/support/server_on.h"

namespace perennial::conformance {
namespace {

// Moving through a year on a busy machine takes its time.
constexpr absl::Duration kTimeout = absl::Minutes(2);
// More than a server has connections to its database.
constexpr int kReaders = 24;

// Every connection has come back, whatever happened to those who used them.
void ExpectAllConnectionsServe(const std::shared_ptr<client::Connection>& connection) {
  std::vector<std::thread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&connection] {
      v1::ListAccountsRequest request;
      request.set_page_size(1);
      EXPECT_THAT(client::AccountClient(connection).ListAccounts.Page(request).status(), IsOk());
    });
  }
  for (std::thread& reader : readers) reader.join();
}

class SharedServer {
 public:
  explicit SharedServer(sql::Engine engine)
      : database_(engine),
        process_(ServerOn(database_, {"--clock=manual:2025-01-01", "--renewal-job-seconds=0",
                                      "--review-job-seconds=0", "--gesture-job-seconds=0"})) {
    const absl::Status started = process_.Start();
    if (!started.ok()) {
      std::fprintf(stderr, "%s\n", started.ToString().c_str());
      std::abort();
    }
    client::ConnectionOptions options;
    options.calls.actor = "tester";
    options.calls.timeout = kTimeout;
    connection_ = client::Connect(process_.target(), options);
    // scripts/reference asks for it.
    if (const char* folder = getenv("PERENNIAL_RECORD_CALLS")) {
      connection_ = Record(connection_, folder);
    }
  }

  const TestDatabase& database() const { return database_; }
  const std::shared_ptr<client::Connection>& connection() const { return connection_; }

  void Finish() {
    ExpectAllConnectionsServe(connection_);
    ExpectHistoryFoldsToState(connection_);
    EXPECT_EQ(process_.Stop(), 0) << process_.Log();
  }

 private:
  const TestDatabase database_;
  client::ThrowawayServer process_;
  std::shared_ptr<client::Connection> connection_;
};

class Servers : public testing::Environment {
 public:
  SharedServer& Of(sql::Engine engine) {
    std::optional<SharedServer>& server = servers_[engine];
    if (!server.has_value()) server.emplace(engine);
    return *server;
  }

  void TearDown() override {
    for (auto& [engine, server] : servers_) server->Finish();
    servers_.clear();
  }

 private:
  std::map<sql::Engine, std::optional<SharedServer>> servers_;
};

// GoogleTest owns it.
Servers* const servers = static_cast<Servers*>(testing::AddGlobalTestEnvironment(new Servers));

}  // namespace

std::string UniqueId(absl::string_view prefix) {
  static std::atomic<int> last{0};
  return absl::StrCat(prefix, "-", ++last);
}

void ConformanceTest::Use(sql::Engine engine) {
  const SharedServer& server = servers->Of(engine);
  database_ = &server.database();
  connection_ = server.connection();
  clients_ = std::make_unique<Clients>(connection_);
}

Clients ConformanceTest::As(v1::Role role) const {
  client::CallOptions options;
  options.role = role;
  return Clients(connection_, options);
}

Clients ConformanceTest::As(const std::string& actor) const {
  client::CallOptions options;
  options.actor = actor;
  return Clients(connection_, options);
}

absl::Time ConformanceTest::Now() const { return ToTime(Must(clients_->clock.GetTime({})).time()); }

absl::CivilDay ConformanceTest::Today() const {
  return absl::ToCivilDay(Now(), absl::UTCTimeZone());
}

void ConformanceTest::MoveDays(int days) {
  v1::MoveTimeRequest request;
  request.set_days(days);
  Must(clients_->clock.MoveTime(request));
}

int64_t ConformanceTest::LatestRevision() const {
  v1::ListChangesRequest request;
  request.set_page_size(1);
  request.set_order_by("revision desc");
  const auto page = Must(clients_->history.ListChanges.Page(request));
  return page.changes().empty() ? 0 : page.changes(0).revision();
}

}  // namespace perennial::conformance
