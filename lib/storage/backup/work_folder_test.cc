#include "lib/storage/backup/work_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/ids.h"

namespace perennial {
namespace {

namespace fs = std::filesystem;

class WorkFolderTest : public testing::Test {
 protected:
  WorkFolderTest() : folder_(testing::TempDir() + "work_folder_test_" + NewRequestId()) {
    fs::create_directories(folder_);
  }
  ~WorkFolderTest() override { fs::remove_all(folder_); }

  int Entries() const {
    return static_cast<int>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  const std::string folder_;
  const std::string prefix_ = folder_ + "/x.making-";
};

TEST_F(WorkFolderTest, IsForItsOwnerOnlyAndGoneAtTheEnd) {
  {
    const auto work = WorkFolder::Make(prefix_);
    ASSERT_TRUE(work.ok()) << work.status();
    std::ofstream((*work)->file()) << "half";
    std::ofstream((*work)->file() + "-wal") << "a log";
    struct stat found;
    ASSERT_EQ(stat(fs::path((*work)->file()).parent_path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0700u);
    ASSERT_EQ(stat((*work)->file().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u);
  }
  EXPECT_EQ(Entries(), 0);
}

// Each of them looks for left ones first.
TEST_F(WorkFolderTest, IsMadeWhileOthersAreMade) {
  std::vector<std::thread> makers;
  for (int i = 0; i < 4; ++i) {
    makers.emplace_back([this] {
      for (int made = 0; made < 200; ++made) {
        const auto work = WorkFolder::Make(prefix_);
        ASSERT_TRUE(work.ok()) << work.status();
        EXPECT_TRUE(fs::exists((*work)->file()));
      }
    });
  }
  for (std::thread& maker : makers) maker.join();
  EXPECT_EQ(Entries(), 0);
}

TEST_F(WorkFolderTest, WhatAKilledProcessLeftIsRemovedByTheNext) {
  const auto mine = WorkFolder::Make(prefix_);
  std::ofstream(folder_ + "/x.making-by-hand") << "somebody's";
  const pid_t child = fork();
  if (child == 0) {
    const auto work = WorkFolder::Make(prefix_);
    std::ofstream((*work)->file()) << "half";
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  EXPECT_EQ(Entries(), 3);
  WorkFolder::RemoveLeft(prefix_);
  EXPECT_EQ(Entries(), 2) << "those that are in use, and of others, stay";
  EXPECT_TRUE(fs::exists((*mine)->file()));
}

TEST_F(WorkFolderTest, SaysWhereItCannotBeMade) {
  EXPECT_EQ(WorkFolder::Make(folder_ + "/nowhere/x-").status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace perennial
