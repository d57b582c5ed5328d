#ifndef PERENNIAL_LIB_BASE_CURRENCY_H_
#define PERENNIAL_LIB_BASE_CURRENCY_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace perennial {

// How many decimals amounts of a currency have by ISO 4217: none of JPY, three of KWD; two of one
// that is not in its list.
int DecimalsOf(absl::string_view currency_code);

// In micros: 10,000 of USD, 1,000,000 of JPY.
int64_t SmallestAmountOf(absl::string_view currency_code);

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_CURRENCY_H_
