#ifndef PERENNIAL_LIB_DOMAIN_AMOUNTS_H_
#define PERENNIAL_LIB_DOMAIN_AMOUNTS_H_

// Amounts that are worked out of others, to what their currency has: half away from zero.
// OUT_OF_RANGE (MONEY_OVERFLOW) beyond Money's bounds.

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "perennial/v1/common.pb.h"

namespace perennial {

// The part of an annual amount that falls on so many days, of 365; below zero with them.
absl::StatusOr<v1::Money> Prorated(const v1::Money& annual, int64_t days);

// In another currency, of which one unit of the amount's is worth `rate_nanos` thousand-millionths.
absl::StatusOr<v1::Money> Exchanged(const v1::Money& amount, absl::string_view currency_code,
                                    int64_t rate_nanos);
// The other way around: one unit of `currency_code` is worth so many of the amount's.
absl::StatusOr<v1::Money> ExchangedBack(const v1::Money& amount, absl::string_view currency_code,
                                        int64_t rate_nanos);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_AMOUNTS_H_
