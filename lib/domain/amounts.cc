#include "lib/domain/amounts.h"

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "lib/base/currency.h"
#include "lib/base/money.h"
#include "lib/base/reason.h"

namespace perennial {
namespace {

constexpr int64_t kMaxMicros = 1'000'000'000'000'000'000;
constexpr int64_t kNanos = 1'000'000'000;
constexpr int64_t kDaysOfAYear = 365;

// amount * factor / divisor in the currency's smallest amounts.
absl::StatusOr<v1::Money> Scaled(const v1::Money& amount, absl::string_view currency_code,
                                 int64_t factor, int64_t divisor) {
  const absl::int128 smallest = SmallestAmountOf(currency_code);
  const absl::int128 dividend = absl::int128(amount.micros()) * factor;
  const absl::int128 whole = absl::int128(divisor) * smallest;
  const absl::int128 half = (dividend < 0 ? -whole : whole) / 2;
  const absl::int128 micros = (dividend + half) / whole * smallest;
  if (micros > kMaxMicros || micros < -kMaxMicros) {
    return MakeError(absl::StatusCode::kOutOfRange, v1::MONEY_OVERFLOW,
                     absl::StrCat("an amount beyond 10^12 units, of ", FormatMoney(amount)));
  }
  return MakeMoney(currency_code, static_cast<int64_t>(micros));
}

}  // namespace

absl::StatusOr<v1::Money> Prorated(const v1::Money& annual, int64_t days) {
  return Scaled(annual, annual.currency_code(), days, kDaysOfAYear);
}

absl::StatusOr<v1::Money> Exchanged(const v1::Money& amount, absl::string_view currency_code,
                                    int64_t rate_nanos) {
  return Scaled(amount, currency_code, rate_nanos, kNanos);
}

absl::StatusOr<v1::Money> ExchangedBack(const v1::Money& amount, absl::string_view currency_code,
                                        int64_t rate_nanos) {
  return Scaled(amount, currency_code, kNanos, rate_nanos);
}

}  // namespace perennial
