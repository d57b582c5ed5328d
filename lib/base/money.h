#ifndef PERENNIAL_LIB_BASE_MONEY_H_
#define PERENNIAL_LIB_BASE_MONEY_H_

// Exact arithmetic on perennial.v1.Money. A Money without a currency is zero
// of any currency.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "perennial/v1/common.pb.h"

namespace perennial {

v1::Money MakeMoney(absl::string_view currency_code, int64_t micros);

// OUT_OF_RANGE (MONEY_OVERFLOW) beyond Money's bounds; FAILED_PRECONDITION (CURRENCY_MISMATCH)
// where the currencies differ (neither being empty with zero micros).
absl::StatusOr<v1::Money> Add(const v1::Money& a, const v1::Money& b);
absl::StatusOr<v1::Money> Subtract(const v1::Money& a, const v1::Money& b);

// Adds to a total of many, which may be as large as a Money holds: 9.2 * 10^12 units.
absl::StatusOr<v1::Money> AddUp(const v1::Money& total, const v1::Money& money);

// The status of a query that adds money up: the database's OUT_OF_RANGE gets its reason.
absl::Status SumOfMoney(const absl::Status& status);

v1::Money Negate(const v1::Money& money);

// money * percent / 100, rounded half away from zero. 0 <= percent <= 100.
v1::Money Percent(const v1::Money& money, int percent);

// Shares of `total` in proportion to `weights` (not negative) that add up to
// it exactly, by largest remainder, the first of equals first; equal weights where all are zero.
std::vector<int64_t> Apportion(int64_t total, const std::vector<int64_t>& weights);
// Of an amount that has no more decimals than its currency, such shares.
std::vector<v1::Money> Apportion(const v1::Money& total, const std::vector<int64_t>& weights);

// "USD 1234.50", "JPY 1234", exact: at least the decimals of the currency, at most six.
std::string FormatMoney(const v1::Money& money);

// To the currency's decimals, half away from zero.
v1::Money RoundedForPeople(const v1::Money& money);

// "1234.5", "-0.000001": millionths of what the decimal number says. INVALID_ARGUMENT
// where it is no number, has more than six decimals or is out of Money's bounds.
absl::StatusOr<int64_t> ParseMicros(absl::string_view decimal);

// Beside Money, where argument-dependent lookup finds it from any namespace.
namespace v1 {
inline bool operator==(const Money& a, const Money& b) {
  return a.micros() == b.micros() && a.currency_code() == b.currency_code();
}
}  // namespace v1

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_MONEY_H_
