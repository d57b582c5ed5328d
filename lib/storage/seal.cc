#include "lib/storage/seal.h"

#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"

namespace perennial {
namespace {

// Field 536,870,911, the highest there is, of eight bytes.
constexpr absl::string_view kTag("\xf9\xff\xff\xff\x0f", 5);
constexpr size_t kSealBytes = kTag.size() + sizeof(uint64_t);

// The same on every machine; compilers make one load of it.
uint64_t Load(const char* bytes) {
  uint64_t word = 0;
  for (size_t i = 0; i < sizeof(word); ++i) {
    word |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

// Eight bytes at a time. Each step maps what it is given one to one, so two texts that differ
// within one word never have the same sum.
uint64_t Mix(uint64_t sum, uint64_t word) {
  sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
  return sum ^ (sum >> 32);
}

uint64_t Sum(absl::string_view text, uint64_t sum) {
  sum = Mix(sum, text.size());
  for (; text.size() >= 8; text.remove_prefix(8)) {
    sum = Mix(sum, Load(text.data()));
  }
  char rest[8] = {};
  if (!text.empty()) std::memcpy(rest, text.data(), text.size());
  return Mix(sum, Load(rest));
}

uint64_t SumOf(absl::string_view name, absl::string_view data) { return Sum(data, Sum(name, 0)); }

int BitsThatDiffer(absl::string_view a, absl::string_view b) {
  int bits = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    bits += __builtin_popcount(static_cast<unsigned char>(a[i] ^ b[i]));
  }
  return bits;
}

}  // namespace

std::string Seal(absl::string_view name, absl::string_view data) {
  const uint64_t sum = SumOf(name, data);
  std::string sealed = absl::StrCat(data, kTag);
  for (size_t i = 0; i < sizeof(sum); ++i) sealed.push_back(static_cast<char>(sum >> (8 * i)));
  return sealed;
}

absl::StatusOr<absl::string_view> Unseal(absl::string_view name, absl::string_view stored) {
  if (stored.size() < kSealBytes) return stored;
  const absl::string_view data = stored.substr(0, stored.size() - kSealBytes);
  const int damaged_bits = BitsThatDiffer(stored.substr(data.size(), kTag.size()), kTag);
  // With one flipped it is still the tag: no message ends so.
  if (damaged_bits > 1) return stored;
  const uint64_t sum = Load(stored.data() + data.size() + kTag.size());
  if (damaged_bits > 0 || sum != SumOf(name, data)) return DataDamaged(name);
  return data;
}

}  // namespace perennial
