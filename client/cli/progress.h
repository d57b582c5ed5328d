#ifndef PERENNIAL_CLIENT_CLI_PROGRESS_H_
#define PERENNIAL_CLIENT_CLI_PROGRESS_H_

#include <cstddef>
#include <functional>
#include <ostream>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace perennial::cli {

// Lines such as "1500 of 4200 rows, 3 failed" of what takes longer than a few seconds.
class Progress {
 public:
  using Clock = std::function<absl::Time()>;

  Progress(std::ostream& out, size_t total, Clock clock = absl::Now)
      : out_(out), total_(total), clock_(std::move(clock)), last_(clock_()) {}

  // Says how far it is, where it is some time since it last said so.
  void Report(size_t done, size_t failed) {
    const absl::Time now = clock_();
    if (now - last_ < kPeriod || done >= total_) return;
    last_ = now;
    out_ << done << " of " << total_ << " rows, " << failed << " failed" << std::endl;
  }

 private:
  static constexpr absl::Duration kPeriod = absl::Seconds(3);

  std::ostream& out_;
  const size_t total_;
  const Clock clock_;
  absl::Time last_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_PROGRESS_H_
