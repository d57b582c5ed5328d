#include "lib/storage/versions.h"

#include <algorithm>
#include <atomic>

#include "absl/time/clock.h"

namespace perennial {
namespace {

std::atomic<int64_t> last{0};

}  // namespace

int64_t NextVersion(int64_t previous) {
  int64_t before = last.load();
  int64_t next;
  do {
    next = std::max({absl::GetCurrentTimeNanos() / 1000, before + 1, previous + 1});
  } while (!last.compare_exchange_weak(before, next));
  return next;
}

void RaiseVersions(int64_t version) {
  int64_t before = last.load();
  while (before < version && !last.compare_exchange_weak(before, version)) {
  }
}

}  // namespace perennial
