#ifndef PERENNIAL_TESTS_CLI_SEEDED_SERVER_H_
#define PERENNIAL_TESTS_CLI_SEEDED_SERVER_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/base/ids.h"
#include "tests/support/server_on.h"
#include "tests/support/test_database.h"

namespace perennial {

// A server on 2025-01-01 with what seed.textproto holds and the renewals that are due, and the
// command as somebody has it in a shell: jo@lumen.example, unless they say otherwise.
class SeededServerTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    database_.emplace(GetParam());
    client::ThrowawayServerOptions options = ServerOn(*database_, {"--renewal-job-seconds=0"});
    options.clock = "2025-01-01";
    options.seed = absl::StrCat(PERENNIAL_SOURCE_DIR, "/tests/cli/seed.textproto");
    server_.emplace(options);
    const absl::Status started = server_->Start();
    ASSERT_TRUE(started.ok()) << started;
    folder_ = testing::TempDir() + "seeded_server_" + NewRequestId();
    std::filesystem::create_directories(folder_);
    setenv("PATH", absl::StrCat(PERENNIAL_BIN_DIR, ":", getenv("PATH")).c_str(), 1);
    setenv("PERENNIAL_SERVER", server_->target().c_str(), 1);
    setenv("PERENNIAL_ACTOR", "jo@lumen.example", 1);
    setenv("XDG_STATE_HOME", folder_.c_str(), 1);
    ASSERT_EQ(Shell("perennial opportunities open-due --all"), 0) << output_;
    AddTasks();
  }

  void TearDown() override {
    server_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  // The exit code of a line that a shell carries out; what it printed is in `output_`.
  int Shell(const std::string& line) {
    output_.clear();
    FILE* pipe = popen(absl::StrCat("exec 2>&1; ", line).c_str(), "r");
    if (pipe == nullptr) return -1;
    std::array<char, 4096> part;
    while (const size_t size = fread(part.data(), 1, part.size(), pipe)) {
      output_.append(part.data(), size);
    }
    const int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string output_;
  std::string folder_;

 private:
  void AddTasks() {
    for (const char* task :
         {"--id=t1 --title='Thank them for the reference' --due-date=2024-12-30 --channel=PHONE "
          "--contact=jane",
          "--id=t2 --title='Send the roadmap' --due-date=2024-12-31 --channel=EMAIL",
          "--id=t3 --title='Call Jane about her budget' --due-date=2025-01-01 --channel=PHONE "
          "--contact=jane"}) {
      ASSERT_EQ(Shell(absl::StrCat("perennial tasks create acme ", task)), 0) << output_;
    }
  }

  std::optional<TestDatabase> database_;
  std::optional<client::ThrowawayServer> server_;
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_CLI_SEEDED_SERVER_H_
