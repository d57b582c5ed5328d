#ifndef PERENNIAL_LIB_DOMAIN_REVIEW_DAY_H_
#define PERENNIAL_LIB_DOMAIN_REVIEW_DAY_H_

#include <algorithm>

#include "absl/time/civil_time.h"

namespace perennial {

// The next day on which something changes because time has passed.
class ReviewDay {
 public:
  explicit ReviewDay(absl::CivilDay today) : today_(today), next_(today + kLongest) {}

  // Something changes on `day`, unless that has come already.
  void On(absl::CivilDay day) {
    if (day > today_) next_ = std::min(next_, day);
  }

  // Whether more than `days` have passed since `day`; if not, that changes once they have.
  bool HasPassed(absl::CivilDay day, int days) {
    On(day + days + 1);
    return today_ - day > days;
  }

  absl::CivilDay today() const { return today_; }
  // A year from today where nothing changes before.
  absl::CivilDay next() const { return next_; }

 private:
  static constexpr int kLongest = 365;

  absl::CivilDay today_, next_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_REVIEW_DAY_H_
