#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "client/cli/run_fixture.h"
#include "lib/base/ids.h"

namespace perennial::cli {
namespace {

using ::testing::HasSubstr;

class BackupCommandTest : public RunTest {
 protected:
  BackupCommandTest() { std::ofstream(file_) << "a database"; }
  ~BackupCommandTest() override {
    std::filesystem::remove(file_);
    std::filesystem::remove(file_ + "-wal");
  }

  const std::string file_ = testing::TempDir() + "backup_command_test_" + NewRequestId();
};

TEST_F(BackupCommandTest, ReplacesNoFileThatAServerHasOpen) {
  const int server = open(file_.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(server, LOCK_EX | LOCK_NB), 0);
  EXPECT_EQ(Run("backup --force " + file_), kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("a server has " + file_ + " open"));
  close(server);
  EXPECT_EQ(std::filesystem::file_size(file_), 10u);
  EXPECT_FALSE(std::filesystem::exists(file_ + ".partial"));
}

// It would be taken for the log of the backup.
TEST_F(BackupCommandTest, ReplacesNoFileWithALog) {
  std::ofstream(file_ + "-wal") << "a log";
  for (const char* command : {"backup --force ", "backup "}) {
    EXPECT_EQ(Run(command + file_), kRefused);
    std::filesystem::remove(file_);
    EXPECT_THAT(err_.str(), HasSubstr(file_ + "-wal"));
  }
}

}  // namespace
}  // namespace perennial::cli
