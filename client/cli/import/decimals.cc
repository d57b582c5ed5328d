#include "client/cli/import/decimals.h"

#include <cstdint>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/money.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

constexpr int kMicros = 1'000'000;

// Money's parser is exact, and knows the bounds.
absl::StatusOr<int64_t> Parse(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  absl::StatusOr<int64_t> micros = ParseMicros(text);
  if (micros.ok()) return micros;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is not a number to reckon with: ", micros.status().message()));
}

// Whole numbers stay whole.
absl::StatusOr<std::string> Format(absl::int128 micros) {
  const absl::int128 size = micros < 0 ? -micros : micros;
  std::string decimals =
      absl::StrCat(absl::Dec(static_cast<int64_t>(size % kMicros), absl::kZeroPad6));
  while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
  std::string text = absl::StrCat(micros < 0 ? "-" : "", static_cast<int64_t>(size / kMicros),
                                  decimals.empty() ? "" : ".", decimals);
  RETURN_IF_ERROR(Parse(text).status());
  return text;
}

}  // namespace

absl::StatusOr<std::string> AddDecimals(absl::string_view a, absl::string_view b) {
  ASSIGN_OR_RETURN(const int64_t left, Parse(a));
  ASSIGN_OR_RETURN(const int64_t right, Parse(b));
  return Format(absl::int128(left) + right);
}

absl::StatusOr<std::string> SubtractDecimals(absl::string_view a, absl::string_view b) {
  ASSIGN_OR_RETURN(const int64_t left, Parse(a));
  ASSIGN_OR_RETURN(const int64_t right, Parse(b));
  return Format(absl::int128(left) - right);
}

absl::StatusOr<std::string> MultiplyDecimals(absl::string_view a, absl::string_view b) {
  ASSIGN_OR_RETURN(const int64_t left, Parse(a));
  ASSIGN_OR_RETURN(const int64_t right, Parse(b));
  const absl::int128 product = absl::int128(left) * right;  // in millionths of micros
  const absl::int128 rounded = (product + (product < 0 ? -kMicros / 2 : kMicros / 2)) / kMicros;
  const absl::int128 kMost = absl::int128(kMicros) * 1'000'000'000'000;
  if (rounded > kMost || rounded < -kMost) {
    return absl::InvalidArgumentError(
        absl::StrCat("the product of ", a, " and ", b, " is too large"));
  }
  return Format(rounded);
}

}  // namespace perennial::cli
