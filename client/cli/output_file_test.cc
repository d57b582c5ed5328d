#include "client/cli/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace perennial::cli {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
 protected:
  OutputFileTest() {
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    path_ = folder_ + "/out";
  }
  ~OutputFileTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::string Content() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string folder_ = testing::TempDir() + "output_file_XXXXXX";
  std::string path_;
};

void Put(const std::string& path, absl::string_view text) { std::ofstream(path) << text; }

TEST_F(OutputFileTest, IsThereAsAWholeOrNotAtAll) {
  {
    const auto file = OutputFile::Make(path_, false);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_TRUE((*file)->Write("half").ok());
  }
  EXPECT_TRUE(fs::is_empty(folder_));
  {
    const auto file = OutputFile::Make(path_, false);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_TRUE((*file)->Write("whole").ok());
    EXPECT_TRUE((*file)->Keep().ok());
  }
  EXPECT_EQ(Content(), "whole");
  EXPECT_FALSE(OutputFile::Make(path_, false).ok());
  EXPECT_TRUE(OutputFile::Make(path_, true).ok());
  EXPECT_EQ(Content(), "whole") << "until another one is complete";
}

TEST_F(OutputFileTest, WhatAKilledProcessHasLeftIsTakenOver) {
  Put(path_ + ".partial", "something longer");
  const auto file = OutputFile::Make(path_, false);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE((*file)->Write("whole").ok());
  EXPECT_TRUE((*file)->Keep().ok());
  EXPECT_EQ(Content(), "whole");
}

TEST_F(OutputFileTest, WhatAnotherOneIsWritingIsLeftAlone) {
  const auto file = OutputFile::Make(path_, false);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE((*file)->Write("mine").ok());
  for (const bool force : {false, true}) {
    const auto other = OutputFile::Make(path_, force);
    ASSERT_FALSE(other.ok());
    EXPECT_THAT(std::string(other.status().message()), testing::HasSubstr("another program"));
  }
  EXPECT_TRUE((*file)->Keep().ok());
  EXPECT_EQ(Content(), "mine");
}

void (*HandlerOf(int number))(int) {
  struct sigaction action;
  EXPECT_EQ(sigaction(number, nullptr, &action), 0);
  return action.sa_handler;
}

TEST_F(OutputFileTest, ASignalThatIsIgnoredStillIs) {
  signal(SIGHUP, SIG_IGN);
  {
    const auto file = OutputFile::Make(path_, false);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(HandlerOf(SIGHUP), SIG_IGN);
    EXPECT_NE(HandlerOf(SIGTERM), SIG_DFL);
  }
  EXPECT_EQ(HandlerOf(SIGHUP), SIG_IGN);
  EXPECT_EQ(HandlerOf(SIGTERM), SIG_DFL);
  signal(SIGHUP, SIG_DFL);
}

}  // namespace
}  // namespace perennial::cli
