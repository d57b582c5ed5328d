#include "lib/base/money.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "lib/base/currency.h"
#include "lib/base/reason.h"

namespace perennial {
namespace {

constexpr int64_t kMaxMicros = 1'000'000'000'000'000'000;
constexpr int kMicrosPerUnit = 1'000'000;
constexpr int kMaxDecimals = 6;

bool IsZeroOfAnyCurrency(const v1::Money& money) {
  return money.currency_code().empty() && money.micros() == 0;
}

// Of one amount, and of totals.
constexpr int64_t kMostOfATotal = std::numeric_limits<int64_t>::max();

absl::StatusOr<v1::Money> CheckedMoney(const v1::Money& a, const v1::Money& b, absl::int128 micros,
                                       int64_t most = kMaxMicros) {
  if (a.currency_code() != b.currency_code() && !IsZeroOfAnyCurrency(a) &&
      !IsZeroOfAnyCurrency(b)) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, v1::CURRENCY_MISMATCH,
        absl::StrCat("amounts in different currencies: ", FormatMoney(a), " and ", FormatMoney(b)));
  }
  if (micros > most || micros < -absl::int128(most)) {
    return MakeError(absl::StatusCode::kOutOfRange, v1::MONEY_OVERFLOW,
                     absl::StrCat("an amount beyond ", most == kMaxMicros ? "" : "9.2 * ",
                                  "10^12 units, of ", FormatMoney(a), " and ", FormatMoney(b)));
  }
  return MakeMoney(a.currency_code().empty() ? b.currency_code() : a.currency_code(),
                   static_cast<int64_t>(micros));
}

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

}  // namespace

v1::Money MakeMoney(absl::string_view currency_code, int64_t micros) {
  v1::Money money;
  money.set_currency_code(currency_code.data(), currency_code.size());
  money.set_micros(micros);
  return money;
}

absl::StatusOr<v1::Money> Add(const v1::Money& a, const v1::Money& b) {
  return CheckedMoney(a, b, absl::int128(a.micros()) + b.micros());
}

absl::StatusOr<v1::Money> Subtract(const v1::Money& a, const v1::Money& b) {
  return CheckedMoney(a, b, absl::int128(a.micros()) - b.micros());
}

absl::StatusOr<v1::Money> AddUp(const v1::Money& total, const v1::Money& money) {
  return CheckedMoney(total, money, absl::int128(total.micros()) + money.micros(), kMostOfATotal);
}

absl::Status SumOfMoney(const absl::Status& status) {
  if (!absl::IsOutOfRange(status) || ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) {
    return status;
  }
  return MakeError(status.code(), v1::MONEY_OVERFLOW, "a sum of amounts beyond 9.2 * 10^12 units");
}

v1::Money Negate(const v1::Money& money) {
  return MakeMoney(money.currency_code(), -money.micros());
}

v1::Money Percent(const v1::Money& money, int percent) {
  const absl::int128 hundredths = absl::int128(money.micros()) * percent;
  const int half = hundredths < 0 ? -50 : 50;
  return MakeMoney(money.currency_code(), static_cast<int64_t>((hundredths + half) / 100));
}

std::vector<int64_t> Apportion(int64_t total, const std::vector<int64_t>& weights) {
  const size_t count = weights.size();
  std::vector<absl::int128> parts(weights.begin(), weights.end());
  absl::int128 sum = std::accumulate(parts.begin(), parts.end(), absl::int128(0));
  if (sum == 0) {
    parts.assign(count, 1);
    sum = count;
  }
  const int sign = total < 0 ? -1 : 1;
  const absl::int128 size = absl::int128(total) * sign;
  absl::int128 left = size;
  std::vector<absl::int128> floors(count);
  std::vector<absl::int128> remainders(count);
  for (size_t i = 0; i < count; ++i) {
    floors[i] = size * parts[i] / sum;
    remainders[i] = size * parts[i] % sum;
    left -= floors[i];
  }
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  for (size_t i = 0; left > 0 && i < count; ++i, --left) ++floors[order[i]];
  std::vector<int64_t> shares(count);
  for (size_t i = 0; i < count; ++i) shares[i] = static_cast<int64_t>(floors[i] * sign);
  return shares;
}

std::vector<v1::Money> Apportion(const v1::Money& total, const std::vector<int64_t>& weights) {
  const int64_t smallest = SmallestAmountOf(total.currency_code());
  const int64_t step = total.micros() % smallest == 0 ? smallest : 1;
  std::vector<v1::Money> shares;
  for (const int64_t share : Apportion(total.micros() / step, weights)) {
    shares.push_back(MakeMoney(total.currency_code(), share * step));
  }
  return shares;
}

std::string FormatMoney(const v1::Money& money) {
  const absl::uint128 size(absl::int128(money.micros()) < 0 ? -absl::int128(money.micros())
                                                            : money.micros());
  const auto units = static_cast<uint64_t>(size / kMicrosPerUnit);
  const auto micros = static_cast<uint64_t>(size % kMicrosPerUnit);
  std::string decimals = absl::StrFormat("%06d", micros);
  const size_t least = DecimalsOf(money.currency_code());
  while (decimals.size() > least && decimals.back() == '0') decimals.pop_back();
  return absl::StrCat(money.currency_code(), money.currency_code().empty() ? "" : " ",
                      money.micros() < 0 ? "-" : "", units, decimals.empty() ? "" : ".", decimals);
}

v1::Money RoundedForPeople(const v1::Money& money) {
  const int64_t smallest = SmallestAmountOf(money.currency_code());
  const int64_t half = money.micros() < 0 ? -smallest / 2 : smallest / 2;
  const absl::int128 rounded = (absl::int128(money.micros()) + half) / smallest * smallest;
  return MakeMoney(money.currency_code(), static_cast<int64_t>(rounded));
}

absl::StatusOr<int64_t> ParseMicros(absl::string_view decimal) {
  const bool negative = absl::ConsumePrefix(&decimal, "-");
  const size_t point = decimal.find('.');
  const absl::string_view units = decimal.substr(0, point);
  const absl::string_view decimals =
      point == absl::string_view::npos ? "0" : decimal.substr(point + 1);
  if (!AllDigits(units) || !AllDigits(decimals) || decimals.size() > kMaxDecimals) {
    return absl::InvalidArgumentError("expected a number of at most six decimals such as 1234.50");
  }
  const std::string digits =
      absl::StrCat(units, decimals, std::string(kMaxDecimals - decimals.size(), '0'));
  int64_t micros = 0;
  if (!absl::SimpleAtoi(digits, &micros) || micros > kMaxMicros) {
    return absl::InvalidArgumentError("expected a number of at most 10^12 in either direction");
  }
  return negative ? -micros : micros;
}

}  // namespace perennial
