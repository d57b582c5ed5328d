#include "lib/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace perennial {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string ReadFile(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

TEST(LogTest, LineIsOneJsonObject) {
  EXPECT_EQ(FormatLogLine(absl::FromUnixMicros(1738324800000001), Severity::kError, "it broke",
                          {{"code", 17}, {"detail", "near \"x\"\\\n"}}),
            "{\"time\":\"2025-01-31T12:00:00.000001Z\",\"severity\":\"ERROR\","
            "\"message\":\"it broke\",\"code\":17,\"detail\":\"near \\\"x\\\"\\\\\\u000a\"}\n");
}

TEST(LogTest, Utf8StaysAsItIs) {
  EXPECT_EQ(FormatLogLine(absl::UnixEpoch(), Severity::kInfo, "süß", {}),
            "{\"time\":\"1970-01-01T00:00:00.000000Z\",\"severity\":\"INFO\","
            "\"message\":\"süß\"}\n");
}

TEST(LogTest, NoTextSpoilsALine) {
  const auto value = [](absl::string_view text) {
    std::string line;
    LogField("f", text).AppendTo(line);
    return line;
  };
  EXPECT_EQ(value(absl::string_view("\0\t\x1b\x7f", 4)), R"("f":"\u0000\u0009\u001b\u007f")");
  EXPECT_EQ(value("M\xfcller"), R"("f":"M\\xfcller")");
  EXPECT_EQ(value("cut \xe2\x82"), R"("f":"cut \\xe2\\x82")");
  EXPECT_EQ(value("\u0085\u2028\u2029"), R"("f":"\u0085\u2028\u2029")");
}

TEST(LogTest, LongTextIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 1000000; ++i) text.append("€");
  std::string line;
  LogField("f", text).AppendTo(line);
  EXPECT_LT(line.size(), 5000u);
  EXPECT_NE(line.find("€... and 2995998 bytes\""), std::string::npos) << line.substr(3990);
}

TEST(LogTest, LinesGoToAFileThatMayBeMovedAway) {
  const std::string folder = testing::TempDir() + "log-" + std::to_string(getpid());
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/log", moved = folder + "/log.1";
  ASSERT_TRUE(LogTo(path).ok());
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  LogLine(Severity::kInfo, "first");
  std::filesystem::rename(path, moved);
  LogLine(Severity::kInfo, "second");
  ReopenLog();
  LogLine(Severity::kInfo, "third");
  EXPECT_THAT(ReadFile(moved), AllOf(HasSubstr("first"), HasSubstr("second")));
  EXPECT_THAT(ReadFile(path), AllOf(HasSubstr("third"), Not(HasSubstr("second"))));
  EXPECT_FALSE(LogTo(folder + "/none/log").ok());
  ASSERT_TRUE(LogTo("").ok());
  std::filesystem::remove_all(folder);
}

TEST(LogTest, WarningsAreCountedWhereTheyRepeat) {
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) LogLine(Severity::kWarning, "again", {{"micros", i}});
  LogCounted(Counted::kDue);
  LogCounted(Counted::kAll);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
  EXPECT_THAT(log, HasSubstr("\"micros\":999,\"repeated\":999}\n"));
}

}  // namespace
}  // namespace perennial
