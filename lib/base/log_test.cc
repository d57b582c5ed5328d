#include "lib/base/log.h"

#include <gtest/gtest.h>

namespace perennial {
namespace {

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

}  // namespace
}  // namespace perennial
