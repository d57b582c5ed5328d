#include "lib/base/log_repeats.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/fingerprint.h"

namespace perennial {
namespace {

constexpr absl::string_view kLineEnd = "}\n";

std::string WithCount(absl::string_view line, int64_t count) {
  return absl::StrCat(absl::StripSuffix(line, kLineEnd), ",\"repeated\":", count, kLineEnd);
}

}  // namespace

bool LogRepeats::Admit(absl::Time now, absl::string_view kind, absl::string_view text,
                       const std::string& line) {
  const auto [found, is_new] = kinds_.try_emplace(std::string(kind));
  Kind& repeats = found->second;
  if (is_new) repeats.start = now;
  const bool has_room = repeats.texts.size() < kMaxTexts;
  if (has_room && repeats.texts.insert(Fingerprint(text)).second) return true;
  ++repeats.counted;
  repeats.last = line;
  return false;
}

std::vector<std::string> LogRepeats::TakeCounted(absl::Time now) {
  std::vector<std::string> lines;
  for (auto each = kinds_.begin(); each != kinds_.end();) {
    Kind& kind = each->second;
    // A clock that went back ends it too.
    if (now < kind.start + kInterval && now >= kind.start) {
      ++each;
    } else if (kind.counted == 0) {
      kinds_.erase(each++);
    } else {
      lines.push_back(WithCount(kind.last, std::exchange(kind.counted, 0)));
      kind.start = now;
      ++each;
    }
  }
  return lines;
}

}  // namespace perennial
