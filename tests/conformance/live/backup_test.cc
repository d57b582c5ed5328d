// The drill: a database is backed up, lost, and restored to a new one, on the same engine and on
// the other.

#include <stdlib.h>
#include <sys/wait.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "perennial/client/admin_client.h"
#include "perennial/client/time_line.h"
#include "perennial/client/watcher.h"
#include "perennial/testing/process.h"
#include "tests/conformance/api_methods.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/conformance/history_fold.h"
#include "tests/support/parse_text.h"
#include "tests/support/server_on.h"

namespace perennial::conformance {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kCommandTimeout = absl::Minutes(5);

std::string ProgramsFolder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

// A server on a database of its own.
class Site {
 public:
  explicit Site(sql::Engine engine) : database_(engine) {}

  void Serve() {
    server_.emplace(ServerOn(database_, {"--clock=manual:2025-01-01", "--renewal-job-seconds=0"}));
    const absl::Status status = server_->Start();
    ASSERT_TRUE(status.ok()) << status;
    client::ConnectionOptions options;
    options.calls.actor = "tester";
    connection_ = client::Connect(server_->target(), options);
    api_ = std::make_unique<Clients>(connection_);
  }
  void Kill() { server_->Kill(); }

  const TestDatabase& database() const { return database_; }
  const std::shared_ptr<client::Connection>& connection() const { return connection_; }
  Clients& api() { return *api_; }

 private:
  const TestDatabase database_;
  std::optional<client::ThrowawayServer> server_;
  std::shared_ptr<client::Connection> connection_;
  std::unique_ptr<Clients> api_;
};

using Engines = std::tuple<sql::Engine, sql::Engine>;

// Each in the run of one engine: what needs MySQL in that of MySQL.
std::string NameOf(const testing::TestParamInfo<Engines>& info) {
  const auto [from, to] = info.param;
  if (from == to) return from == sql::Engine::kSqlite ? "Sqlite" : "Mysql";
  return from == sql::Engine::kSqlite ? "FileToMysql" : "MysqlToFile";
}

// The plain server: a backup goes through all that there is, which others are made to find fault
// with.
class PlainPrograms {
 public:
  PlainPrograms() {
    if (const char* const set = getenv("PERENNIAL_BIN")) before_ = set;
    setenv("PERENNIAL_BIN", ProgramsFolder().c_str(), 1);
  }
  ~PlainPrograms() {
    if (before_.has_value()) {
      setenv("PERENNIAL_BIN", before_->c_str(), 1);
    } else {
      unsetenv("PERENNIAL_BIN");
    }
  }

 private:
  std::optional<std::string> before_;
};

class BackupTest : public testing::TestWithParam<Engines> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(std::get<0>(GetParam()));
    SKIP_UNLESS_AVAILABLE(std::get<1>(GetParam()));
    folder_ = testing::TempDir() + "backup_drill_XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    lost_.emplace(std::get<0>(GetParam()));
    restored_.emplace(std::get<1>(GetParam()));
    lost_->Serve();
  }
  ~BackupTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::string File() const { return folder_ + "/backup.db"; }

  v1::BackupInfo TakeBackup() {
    v1::BackupInfo info;
    std::ofstream file(File(), std::ios::binary);
    Must(client::AdminClient(lost_->connection())
             .Backup(
                 {},
                 [&](const v1::BackupInfo& told) {
                   info = told;
                   return absl::OkStatus();
                 },
                 [&](absl::string_view bytes) {
                   file << bytes;
                   return absl::OkStatus();
                 })
             .status());
    return info;
  }

  // By the command line; its exit code.
  int Restore() {
    const sql::Options& to = restored_->database().options();
    std::vector<std::string> command = {ProgramsFolder() + "/perennial", "restore", File(),
                                        "--to=" + to.url};
    if (!to.password.empty()) {
      command.push_back(
          absl::StrCat("--database-password-file=", getenv("PERENNIAL_TEST_MYSQL_PASSWORD_FILE")));
    }
    client::Process process(command, folder_ + "/log");
    const std::optional<int> status = process.Await(kCommandTimeout);
    return status.has_value() && WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
  }
  std::string Log() const {
    std::ostringstream text;
    text << std::ifstream(folder_ + "/log").rdbuf();
    return text.str();
  }

  static v1::CreateAccountRequest AccountRequest(const std::string& id) {
    v1::CreateAccountRequest request;
    request.set_account_id(id);
    request.mutable_account()->set_display_name(id);
    return request;
  }

  static int64_t LatestRevision(Clients& api) {
    v1::ListChangesRequest request;
    request.set_page_size(1);
    request.set_order_by("revision desc");
    const auto page = Must(api.history.ListChanges.Page(request));
    return page.changes().empty() ? 0 : page.changes(0).revision();
  }

  static std::vector<v1::Change> Changes(Clients& api) {
    v1::ListChangesRequest request;
    request.set_page_size(1000);
    return MustList(api.history.ListChanges(request));
  }

  // Without their numbers.
  static std::set<std::string> TextsUpTo(int64_t revision, const std::vector<v1::Change>& changes) {
    std::set<std::string> texts;
    for (v1::Change change : changes) {
      if (change.revision() > revision) continue;
      change.clear_revision();
      texts.insert(change.DebugString());
    }
    return texts;
  }

  static void ExpectIncludes(const std::set<std::string>& all, const std::set<std::string>& some) {
    for (const std::string& each : some) EXPECT_EQ(all.count(each), 1u) << each;
  }

  static std::string TimeLineOf(const Site& site) {
    return dynamic_cast<const client::TimeLineSource&>(*site.connection()).time_line();
  }

  // Every resource, and the figures that are made of them.
  static std::map<std::string, std::string> AllThatIsShown(Site& site) {
    std::map<std::string, std::string> shown;
    for (const auto* resource : AllResources()) {
      if (MethodsOf(*resource).list == nullptr) continue;
      for (const MessagePtr& each : ListAll(*site.connection(), *resource)) {
        shown[TextOf(*each, "name")] = each->DebugString();
      }
    }
    v1::GetBoardRequest board;
    board.set_parent("accounts/-");
    shown["board"] = Must(site.api().pipeline.GetBoard(board)).DebugString();
    const auto report = ParseText<v1::GetReachReportRequest>(
        "renewals {start_date {year: 2025 month: 1 day: 1} end_date {year: 2026 month: 12 day: "
        "31}}");
    shown["reach"] = Must(site.api().insight.GetReachReport(report)).DebugString();
    return shown;
  }

  const PlainPrograms programs_;
  std::string folder_;
  std::optional<Site> lost_;
  std::optional<Site> restored_;
};
INSTANTIATE_TEST_SUITE_P(Engines, BackupTest, testing::Combine(EveryEngine(), EveryEngine()),
                         NameOf);

TEST_P(BackupTest, UnderLoadHoldsTheHistoryUpToItsRevisionAndNothingElse) {
  Customer customer(lost_->api());
  const v1::Subscription subscription = customer.Subscribe();
  customer.BringTo(v1::Opportunity::UPSELL, customer.Open({subscription.name()}).name());
  std::atomic<bool> stop{false};
  std::atomic<int> written{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      const client::AccountClient accounts(lost_->connection());
      for (int i = 0; !stop; ++i) {
        if (accounts.CreateAccount(AccountRequest(absl::StrCat("w", w, "-", i))).ok()) ++written;
      }
    });
  }
  const auto await = [&](int more) {
    for (const int enough = written + more; written < enough;) std::this_thread::yield();
  };
  await(100);
  const int64_t at_least = LatestRevision(lost_->api());
  const v1::BackupInfo info = TakeBackup();
  await(100);
  EXPECT_GT(LatestRevision(lost_->api()), info.revision());
  const std::vector<v1::Change> all = Changes(lost_->api());
  lost_->Kill();
  stop = true;
  for (std::thread& writer : writers) writer.join();

  ASSERT_EQ(Restore(), 0) << Log();
  restored_->Serve();
  const std::vector<v1::Change> found = Changes(restored_->api());
  ASSERT_EQ(static_cast<int64_t>(found.size()), info.revision());
  EXPECT_EQ(found.back().revision(), info.revision());
  // What had no number yet when the copy was made has got another one on each time line.
  const std::set<std::string> texts = TextsUpTo(info.revision(), found);
  ExpectIncludes(TextsUpTo(std::numeric_limits<int64_t>::max(), all), texts);
  ExpectIncludes(texts, TextsUpTo(at_least, all));
  ExpectHistoryFoldsToState(restored_->connection());
}

TEST_P(BackupTest, ShowsTheSameResourcesAndFigures) {
  for (int i = 0; i < 3; ++i) {
    Customer customer(lost_->api());
    const v1::Subscription subscription = customer.Subscribe();
    const v1::Opportunity renewal = customer.Open({subscription.name()});
    customer.Record("summary: 'Grüße aus Köln, 12 % mehr 🎉'");
    customer.Hear("type: IDEA topic: 'Reports' text: 'Faster  '");
    if (i > 0) customer.BringTo(v1::Opportunity::RENEWAL, renewal.name());
    if (i < 2) continue;
    customer.Agree(renewal.name(),
                   "term_months: 12 arr {currency_code: 'USD' micros: 13000000000}");
    customer.CloseAsRenewed(renewal.name());
  }
  const auto before = AllThatIsShown(*lost_);
  TakeBackup();
  lost_->Kill();
  ASSERT_EQ(Restore(), 0) << Log();
  restored_->Serve();
  const auto after = AllThatIsShown(*restored_);
  ASSERT_EQ(after.size(), before.size());
  for (const auto& [what, text] : before) EXPECT_EQ(after.at(what), text) << what;
}

TEST_P(BackupTest, WhatIsOfTheLostTimeLineIsRefusedForEver) {
  v1::CreateAccountRequest first = AccountRequest("first");
  first.set_request_id("the first request");
  Must(lost_->api().accounts.CreateAccount(first));
  const v1::BackupInfo info = TakeBackup();
  Must(lost_->api().accounts.CreateAccount(AccountRequest("lost")));
  v1::ListAccountsRequest list;
  list.set_page_size(1);
  const auto page = Must(lost_->api().accounts.ListAccounts.Page(list));
  const std::string line = TimeLineOf(*lost_);
  EXPECT_EQ(line, info.time_line());
  lost_->Kill();
  ASSERT_EQ(Restore(), 0) << Log();
  restored_->Serve();

  // As far as the lost one had come, and further.
  for (const char* id : {"a", "b", "c"}) {
    Must(restored_->api().accounts.CreateAccount(AccountRequest(id)));
  }
  EXPECT_NE(TimeLineOf(*restored_), line);
  v1::WatchRequest watch;
  watch.set_resume_token(page.resume_token());
  EXPECT_THAT(restored_->api().history.Watch(watch).Next(), FailsWith(v1::RESUME_TOKEN_EXPIRED));
  list.set_page_token(page.next_page_token());
  EXPECT_THAT(restored_->api().accounts.ListAccounts.Page(list), FailsWith(v1::INVALID_PAGE_TOKEN));
  EXPECT_THAT(restored_->api().accounts.CreateAccount(first), FailsWith(v1::TIME_LINE_CHANGED));
  client::CallOptions of_the_lost_line;
  of_the_lost_line.metadata[client::kTimeLineMetadata] = line;
  EXPECT_THAT(restored_->api().accounts.CreateAccount(AccountRequest("lost"), of_the_lost_line),
              FailsWith(v1::TIME_LINE_CHANGED));
  EXPECT_THAT(restored_->api().accounts.CreateAccount(AccountRequest("lost")), IsOk());
}

TEST_P(BackupTest, IsRestoredOnlyWhereNothingIsLostByIt) {
  Must(lost_->api().accounts.CreateAccount(AccountRequest("acme")));
  TakeBackup();
  restored_->Serve();
  EXPECT_EQ(Restore(), 1) << "a server has it open";
  restored_->Kill();
  EXPECT_EQ(Restore(), 1) << "it holds data";
  EXPECT_THAT(Log(), testing::HasSubstr("holds data"));
  restored_->Serve();
  EXPECT_THAT(restored_->api().accounts.CreateAccount(AccountRequest("acme")), IsOk());
}

TEST_P(BackupTest, ADamagedOneIsRefused) {
  TakeBackup();
  fs::resize_file(File(), fs::file_size(File()) / 2);
  EXPECT_EQ(Restore(), 1);
  std::ofstream(File()) << "no database";
  EXPECT_EQ(Restore(), 1);
  restored_->Serve();
  EXPECT_THAT(restored_->api().accounts.CreateAccount(AccountRequest("acme")), IsOk());
}

}  // namespace
}  // namespace perennial::conformance
