#include "lib/base/ids.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <random>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/id_seed.h"

namespace perennial {
namespace {

constexpr absl::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr int kTimeDigits = 10;
constexpr int kRandomDigits = 12;
constexpr int kMaxIdLength = 63;

std::mt19937_64 SeededGenerator() {
  std::random_device device;
  std::array<uint32_t, 16> words;
  std::generate(words.begin(), words.end(), std::ref(device));
  std::seed_seq seed(words.begin(), words.end());
  return std::mt19937_64(seed);
}

class RandomSource {
 public:
  uint64_t Next() {
    absl::MutexLock lock(&mutex_);
    return generator_();
  }

  void SeedAscending(uint64_t seed, uint64_t state) {
    std::seed_seq words({seed, seed >> 32, state, state >> 32});
    absl::MutexLock lock(&mutex_);
    steps_.seed(words);
    ascending_ = steps_() >> 5;
  }

  // Climbs from a random start by random steps, so that ids of one millisecond
  // ascend in whatever order threads ask for them, and those of two processes
  // stay apart. The steps are small enough to climb for 2^35 ids.
  uint64_t NextAscending() {
    absl::MutexLock lock(&mutex_);
    ascending_ += 1 + (steps_() >> 40);
    return ascending_;
  }

 private:
  absl::Mutex mutex_;
  std::mt19937_64 generator_ ABSL_GUARDED_BY(mutex_) = SeededGenerator();
  // Its own, so that no request id changes what comes next.
  std::mt19937_64 steps_ ABSL_GUARDED_BY(mutex_) = SeededGenerator();
  uint64_t ascending_ ABSL_GUARDED_BY(mutex_) = steps_() >> 5;
};

RandomSource& Randomness() {
  static auto* source = new RandomSource;
  return *source;
}

void AppendDigits(uint64_t value, int digits, std::string& text) {
  for (int shift = 5 * (digits - 1); shift >= 0; shift -= 5) {
    text.push_back(kDigits[(value >> shift) & 31]);
  }
}

bool IsIdLetter(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

}  // namespace

std::string NewId(absl::Time now) {
  std::string id;
  id.reserve(kTimeDigits + kRandomDigits);
  AppendDigits(static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(now), 0)), kTimeDigits,
               id);
  AppendDigits(Randomness().NextAscending(), kRandomDigits, id);
  return id;
}

void SeedIds(uint64_t seed, uint64_t state) { Randomness().SeedAscending(seed, state); }

std::string NewRequestId() {
  const uint64_t high = Randomness().Next();
  const uint64_t low = Randomness().Next();
  // Version 4 in the third group, variant 10 in the fourth.
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%012x", high >> 32, (high >> 16) & 0xffff,
                         high & 0xfff, 0x8000 | (low >> 48 & 0x3fff), low & 0xffffffffffff);
}

std::string NewSecret() {
  std::random_device device;
  std::string secret;
  for (int i = 0; i < 8; ++i) absl::StrAppendFormat(&secret, "%08x", device());
  return secret;
}

bool IsValidId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxIdLength && IsIdLetter(id.front()) &&
         IsIdLetter(id.back()) &&
         std::all_of(id.begin(), id.end(), [](char c) { return IsIdLetter(c) || c == '-'; });
}

}  // namespace perennial
