#include "lib/storage/seal.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "lib/api/errors.h"
#include "lib/base/status.h"

namespace perennial {
namespace {

// Fields of eight bytes, of the highest numbers that there are: for a checksum, for one of what
// stands beside it, and for one of an earlier program.
constexpr absl::string_view kTag("\xe9\xff\xff\xff\x0f", 5);
constexpr absl::string_view kBesideTag("\xf1\xff\xff\xff\x0f", 5);
constexpr absl::string_view kEarlierTag("\xf9\xff\xff\xff\x0f", 5);
constexpr uint32_t kNameTag = 10;  // field 1, of bytes
constexpr size_t kSealBytes = kTag.size() + sizeof(uint64_t);

// The same on every machine; compilers make one load of it.
uint64_t Load(const char* bytes) {
  uint64_t word = 0;
  for (size_t i = 0; i < sizeof(word); ++i) {
    word |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

uint64_t Sum(absl::string_view text, uint64_t seed = 0) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

uint64_t SumOf(absl::string_view name, absl::string_view data) { return Sum(data, Sum(name)); }

// --- what an earlier program wrote ---

uint64_t MixEarlier(uint64_t sum, uint64_t word) {
  sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
  return sum ^ (sum >> 32);
}

uint64_t EarlierSum(absl::string_view text, uint64_t sum) {
  sum = MixEarlier(sum, text.size());
  for (; text.size() >= 8; text.remove_prefix(8)) sum = MixEarlier(sum, Load(text.data()));
  char rest[8] = {};
  if (!text.empty()) std::memcpy(rest, text.data(), text.size());
  return MixEarlier(sum, Load(rest));
}

uint64_t EarlierSumOf(absl::string_view name, absl::string_view data) {
  return EarlierSum(data, EarlierSum(name, 0));
}

// ---

int BitsThatDiffer(absl::string_view a, absl::string_view b) {
  int bits = static_cast<int>(b.size() - a.size()) * 8;
  for (size_t i = 0; i < a.size(); ++i) {
    bits += __builtin_popcount(static_cast<unsigned char>(a[i] ^ b[i]));
  }
  return bits;
}

void AppendSum(absl::string_view tag, uint64_t sum, std::string& bytes) {
  absl::StrAppend(&bytes, tag);
  for (size_t i = 0; i < sizeof(sum); ++i) bytes.push_back(static_cast<char>(sum >> (8 * i)));
}

// The first field of every resource is its name.
bool BeginsWithName(absl::string_view stored, absl::string_view name) {
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(stored.data()),
                                               static_cast<int>(stored.size()));
  uint32_t size = 0;
  if (input.ReadTag() != kNameTag || !input.ReadVarint32(&size)) return false;
  return stored.substr(static_cast<size_t>(input.CurrentPosition()), size) == name;
}

bool HasBeside(absl::string_view data) {
  return data.size() >= kSealBytes &&
         data.substr(data.size() - kSealBytes, kBesideTag.size()) == kBesideTag;
}

}  // namespace

std::string Seal(absl::string_view name, absl::string_view data, absl::string_view beside) {
  std::string sealed;
  sealed.reserve(data.size() + 2 * kSealBytes);
  absl::StrAppend(&sealed, data);
  if (!beside.empty()) AppendSum(kBesideTag, Sum(beside), sealed);
  AppendSum(kTag, SumOf(name, sealed), sealed);
  return sealed;
}

namespace {

// With the checksum of what stands beside it, where it has one.
absl::StatusOr<absl::string_view> Check(absl::string_view name, absl::string_view stored,
                                        Sealed what) {
  const absl::string_view data =
      stored.substr(0, stored.size() - std::min(stored.size(), kSealBytes));
  const absl::string_view tag = stored.substr(data.size(), kTag.size());
  const bool is_earlier = tag == kEarlierTag;
  const bool is_whole = is_earlier || tag == kTag;
  // With one bit flipped it is still a tag: no message ends so.
  if (stored.size() < kSealBytes ||
      (!is_whole && BitsThatDiffer(tag, kTag) > 1 && BitsThatDiffer(tag, kEarlierTag) > 1)) {
    if (what == Sealed::kOther || BeginsWithName(stored, name)) return stored;
    return DataDamaged(name);
  }
  const uint64_t sum = Load(stored.data() + data.size() + kTag.size());
  const uint64_t right = is_earlier ? EarlierSumOf(name, data) : SumOf(name, data);
  if (!is_whole || sum != right) return DataDamaged(name);
  return data;
}

}  // namespace

absl::StatusOr<absl::string_view> Unseal(absl::string_view name, absl::string_view stored,
                                         Sealed what) {
  ASSIGN_OR_RETURN(const absl::string_view data, Check(name, stored, what));
  return HasBeside(data) ? data.substr(0, data.size() - kSealBytes) : data;
}

absl::StatusOr<absl::string_view> UnsealBeside(absl::string_view name, absl::string_view stored,
                                               absl::string_view beside) {
  ASSIGN_OR_RETURN(const absl::string_view data, Check(name, stored, Sealed::kResource));
  if (!HasBeside(data)) return data;
  const uint64_t sum = Load(data.data() + data.size() - sizeof(uint64_t));
  if (sum != Sum(beside)) return DataDamaged(name);
  return data.substr(0, data.size() - kSealBytes);
}

}  // namespace perennial
