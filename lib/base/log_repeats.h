#ifndef PERENNIAL_LIB_BASE_LOG_REPEATS_H_
#define PERENNIAL_LIB_BASE_LOG_REPEATS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace perennial {

// Which of the lines that say the same are written: of each kind at most so many with different
// texts, and after that one line an interval, until an interval has passed without any.
// Not thread-safe.
class LogRepeats {
 public:
  static constexpr absl::Duration kInterval = absl::Seconds(10);
  static constexpr size_t kMaxTexts = 50;

  // Whether `line` is to be written; otherwise it is counted.
  bool Admit(absl::Time now, absl::string_view kind, absl::string_view text,
             const std::string& line);

  // For each kind whose interval has ended, and of which lines were counted in it: the last of
  // these, with how many they were.
  std::vector<std::string> TakeCounted(absl::Time now);

 private:
  struct Kind {
    absl::Time start;
    absl::flat_hash_set<uint64_t> texts;
    int64_t counted = 0;
    std::string last;
  };

  absl::flat_hash_map<std::string, Kind> kinds_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_LOG_REPEATS_H_
