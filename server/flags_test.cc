#include "server/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace perennial {
namespace {

using testing::HasSubstr;

class FlagsTest : public testing::Test {
 protected:
  // Keeps what is said on the terminal.
  std::optional<int> Parse(std::initializer_list<const char*> arguments) {
    std::vector<const char*> argv = {"perenniald"};
    argv.insert(argv.end(), arguments);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto exit_code = ParseFlags(static_cast<int>(argv.size()), argv.data(), flags_);
    said_ = testing::internal::GetCapturedStdout();
    complained_ = testing::internal::GetCapturedStderr();
    return exit_code;
  }

  std::string WriteFile(const std::string& name, const std::string& content) {
    std::string path = testing::TempDir() + name;
    std::ofstream(path) << content;
    return path;
  }

  Flags flags_;
  std::string said_;
  std::string complained_;
};

TEST_F(FlagsTest, ServesASqliteFileOnLoopbackByDefault) {
  ASSERT_EQ(Parse({}), std::nullopt);
  EXPECT_EQ(flags_.command, Flags::Command::kServe);
  EXPECT_EQ(flags_.server.database.url, "sqlite:data/perennial.db");
  EXPECT_EQ(flags_.server.rpc.listen, "127.0.0.1:50051");
  EXPECT_EQ(flags_.server.rpc.default_deadline, absl::Seconds(30));
  EXPECT_TRUE(flags_.server.rpc.reflection);
  EXPECT_TRUE(flags_.server.rpc.metrics_listen.empty());
  EXPECT_EQ(flags_.server.manual_clock, std::nullopt);
  EXPECT_EQ(flags_.server.renewal_job_period, absl::Minutes(1));
  EXPECT_EQ(flags_.server.review_job_period, absl::Minutes(1));
  EXPECT_EQ(flags_.server.gesture_job_period, absl::Hours(1));
  EXPECT_EQ(flags_.shutdown_bound, absl::Seconds(10));
}

TEST_F(FlagsTest, FlagsMayStandBeforeAndAfterTheCommand) {
  ASSERT_EQ(Parse({"--database=sqlite:x.db", "migrate", "--database-connections=3"}), std::nullopt);
  EXPECT_EQ(flags_.command, Flags::Command::kMigrate);
  EXPECT_EQ(flags_.server.database.url, "sqlite:x.db");
  EXPECT_EQ(flags_.server.database.connections, 3);
  ASSERT_EQ(Parse({"serve", "--no-reflection"}), std::nullopt);
  EXPECT_FALSE(flags_.server.rpc.reflection);
}

TEST_F(FlagsTest, AManualClockHasItsStart) {
  ASSERT_EQ(Parse({"--clock=manual:2025-01-01"}), std::nullopt);
  const absl::Time midnight = absl::FromCivil(absl::CivilDay(2025, 1, 1), absl::UTCTimeZone());
  EXPECT_EQ(flags_.server.manual_clock, midnight);
  ASSERT_EQ(Parse({"--clock=manual:2025-01-01T12:30:00Z"}), std::nullopt);
  EXPECT_EQ(flags_.server.manual_clock, midnight + absl::Hours(12) + absl::Minutes(30));
  EXPECT_EQ(Parse({"--clock=manual:yesterday"}), kExitUsage);
  EXPECT_EQ(Parse({"--clock=stopped"}), kExitUsage);
  EXPECT_THAT(complained_, HasSubstr("--clock"));
}

TEST_F(FlagsTest, EachJobHasItsOwnPeriod) {
  ASSERT_EQ(Parse({"--renewal-job-seconds=0"}), std::nullopt);
  EXPECT_EQ(flags_.server.renewal_job_period, absl::ZeroDuration());
  EXPECT_EQ(flags_.server.review_job_period, absl::Minutes(1));
  EXPECT_EQ(flags_.server.gesture_job_period, absl::Hours(1));
  ASSERT_EQ(Parse({"--review-job-seconds=0", "--gesture-job-seconds=7"}), std::nullopt);
  EXPECT_EQ(flags_.server.renewal_job_period, absl::Minutes(1));
  EXPECT_EQ(flags_.server.review_job_period, absl::ZeroDuration());
  EXPECT_EQ(flags_.server.gesture_job_period, absl::Seconds(7));
}

TEST_F(FlagsTest, ThePasswordComesFromAFile) {
  const std::string path = WriteFile("password", "s3cret word\n");
  ASSERT_EQ(Parse({"--database-password-file", path.c_str()}), std::nullopt);
  EXPECT_EQ(flags_.server.database.password, "s3cret word");
  EXPECT_EQ(Parse({"--database-password-file=/does/not/exist"}), kExitUsage);
}

TEST_F(FlagsTest, AConfigFileHoldsFlagsAndTheCommandLineGoesBeforeIt) {
  const std::string path =
      WriteFile("perenniald.toml", "listen=\"127.0.0.1:7\"\nqueue-size=5\nno-call-log=true\n");
  ASSERT_EQ(Parse({"--config", path.c_str(), "--queue-size=6"}), std::nullopt);
  EXPECT_EQ(flags_.server.rpc.listen, "127.0.0.1:7");
  EXPECT_EQ(flags_.server.rpc.queue_size, 6);
  EXPECT_FALSE(flags_.server.rpc.log_successful_calls);
  EXPECT_EQ(Parse({"--config", WriteFile("wrong.toml", "listne=\"x\"\n").c_str()}), kExitUsage);
}

TEST_F(FlagsTest, TestsHaveTheirOwn) {
  ASSERT_EQ(Parse({"--throw-away", "--copy-of=a.db", "--id-seed=7", "--clock=manual:2025-01-01"}),
            std::nullopt);
  EXPECT_TRUE(flags_.server.throw_away);
  EXPECT_TRUE(flags_.server.rpc.log_failed_requests);
  EXPECT_EQ(flags_.server.copy_of, "a.db");
  EXPECT_EQ(flags_.server.id_seed, 7u);
  flags_ = {};
  EXPECT_EQ(Parse({"--copy-of=a.db"}), kExitUsage);
  EXPECT_THAT(complained_, HasSubstr("--throw-away"));
  flags_ = {};
  EXPECT_EQ(Parse({"--id-seed=7"}), kExitUsage);
  EXPECT_THAT(complained_, HasSubstr("--clock=manual"));
}

TEST_F(FlagsTest, WrongUsageIsSaid) {
  EXPECT_EQ(Parse({"--no-such-flag"}), kExitUsage);
  EXPECT_THAT(complained_, HasSubstr("--no-such-flag"));
  EXPECT_EQ(Parse({"destroy"}), kExitUsage);
  EXPECT_EQ(Parse({"--queue-size=0"}), kExitUsage);
  EXPECT_EQ(Parse({"--database-connections=many"}), kExitUsage);
}

TEST_F(FlagsTest, HelpHasEveryFlagAndExamples) {
  EXPECT_EQ(Parse({"--help"}), kExitOk);
  for (const char* text :
       {"--database", "--listen", "--clock", "--config", "migrate", "Examples"}) {
    EXPECT_THAT(said_, HasSubstr(text));
  }
  EXPECT_EQ(Parse({"--version"}), kExitOk);
}

}  // namespace
}  // namespace perennial
