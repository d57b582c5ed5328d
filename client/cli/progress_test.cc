#include "client/cli/progress.h"

#include <sstream>

#include "gtest/gtest.h"

namespace perennial::cli {
namespace {

TEST(ProgressTest, SaysNowAndThenHowFarItIs) {
  absl::Time now = absl::UnixEpoch();
  std::ostringstream out;
  Progress progress(out, 4200, [&now] { return now; });
  progress.Report(500, 0);
  EXPECT_EQ(out.str(), "") << "it has only begun";
  now += absl::Seconds(4);
  progress.Report(1000, 3);
  progress.Report(1500, 3);
  EXPECT_EQ(out.str(), "1000 of 4200 rows, 3 failed\n");
  now += absl::Seconds(4);
  progress.Report(4200, 3);
  EXPECT_EQ(out.str(), "1000 of 4200 rows, 3 failed\n") << "the results say the rest";
}

}  // namespace
}  // namespace perennial::cli
