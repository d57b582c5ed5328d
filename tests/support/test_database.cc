#include "tests/support/test_database.h"

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "lib/base/ids.h"

namespace perennial {
namespace {

std::string FromEnvironment(const char* name) {
  const char* const value = getenv(name);
  return value == nullptr ? "" : value;
}

[[noreturn]] void Die(absl::string_view what, const absl::Status& status) {
  std::fprintf(stderr, "%s: %s\n", std::string(what).c_str(), status.ToString().c_str());
  abort();
}

std::string ReadFile(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

std::string MakeFolder() {
  std::string folder = (std::filesystem::temp_directory_path() / "perennial-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) Die("mkdtemp", absl::UnknownError(folder));
  return folder;
}

std::string UniqueName() {
  return absl::StrReplaceAll(absl::StrCat("perennial_", NewRequestId()), {{"-", ""}});
}

}  // namespace

TestDatabase::TestDatabase(sql::Engine engine) : engine_(engine) {
  options_.connections = 4;
  if (engine == sql::Engine::kSqlite) {
    folder_ = MakeFolder();
    options_.url = absl::StrCat("sqlite:", folder_, "/test.db");
  } else {
    options_.url = absl::StrCat(FromEnvironment("PERENNIAL_TEST_MYSQL"), "/", UniqueName());
    options_.password = std::string(absl::StripTrailingAsciiWhitespace(
        ReadFile(FromEnvironment("PERENNIAL_TEST_MYSQL_PASSWORD_FILE"))));
  }
}

TestDatabase::~TestDatabase() {
  if (engine_ == sql::Engine::kSqlite) {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    return;
  }
  const std::string name = options_.url.substr(options_.url.rfind('/') + 1);
  const absl::Status status =
      Open()->Write(absl::Now() + absl::Minutes(1), [&](sql::Connection& connection) {
        return connection.Execute(absl::StrCat("DROP DATABASE ", name), {}).status();
      });
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
}

std::unique_ptr<sql::Database> TestDatabase::Open() const {
  absl::StatusOr<std::unique_ptr<sql::Database>> database = sql::Open(options_);
  if (!database.ok()) Die("The test's database does not open", database.status());
  return std::move(database).value();
}

void ExpectEveryConnectionIsThere(sql::Database& database, int connections) {
  absl::Mutex mutex;
  int taken = 0;
  const auto all = [&] { return taken == connections; };
  const auto take = [&](sql::Connection&) {
    absl::MutexLock lock(&mutex);
    ++taken;
    mutex.AwaitWithTimeout(absl::Condition(&all), absl::Minutes(1));
    return all() ? absl::OkStatus() : absl::DeadlineExceededError("a connection stays away");
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&] {
      const absl::Status status = database.Read(absl::Now() + absl::Minutes(1), take);
      EXPECT_TRUE(status.ok()) << status;
    });
  }
  for (std::thread& thread : threads) thread.join();
}

bool IsAvailable(sql::Engine engine) {
  return engine == sql::Engine::kSqlite || !FromEnvironment("PERENNIAL_TEST_MYSQL").empty();
}

std::string EngineName(const testing::TestParamInfo<sql::Engine>& info) {
  return info.param == sql::Engine::kSqlite ? "Sqlite" : "Mysql";
}

}  // namespace perennial
