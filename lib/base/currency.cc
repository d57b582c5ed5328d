#include "lib/base/currency.h"

#include "absl/container/flat_hash_map.h"

namespace perennial {

int DecimalsOf(absl::string_view currency_code) {
  // ISO 4217, list one: those that have not two.
  static const auto& decimals = *new absl::flat_hash_map<absl::string_view, int>{
      {"BIF", 0}, {"CLP", 0}, {"DJF", 0}, {"GNF", 0}, {"ISK", 0}, {"JPY", 0}, {"KMF", 0},
      {"KRW", 0}, {"PYG", 0}, {"RWF", 0}, {"UGX", 0}, {"UYI", 0}, {"VND", 0}, {"VUV", 0},
      {"XAF", 0}, {"XOF", 0}, {"XPF", 0}, {"BHD", 3}, {"IQD", 3}, {"JOD", 3}, {"KWD", 3},
      {"LYD", 3}, {"OMR", 3}, {"TND", 3}, {"CLF", 4}, {"UYW", 4}};
  const auto found = decimals.find(currency_code);
  return found == decimals.end() ? 2 : found->second;
}

int64_t SmallestAmountOf(absl::string_view currency_code) {
  int64_t micros = 1'000'000;
  for (int i = DecimalsOf(currency_code); i > 0; --i) micros /= 10;
  return micros;
}

}  // namespace perennial
