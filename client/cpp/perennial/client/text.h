#ifndef PERENNIAL_CLIENT_TEXT_H_
#define PERENNIAL_CLIENT_TEXT_H_

// Money, days, names and enum values as texts, for people and back. The clients in other languages
// have the same.

#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "perennial/v1/common.pb.h"

namespace perennial::client {

// "USD 50,000.00", "USD -3.00", "JPY 1,200": exact, with the currency's decimals and more only
// where they are not zero. Without the code where there is none.
std::string FormatMoney(const v1::Money& money);

// "EUR 1,250.50", "1250.5 EUR", "-usd 3": the code before or behind, one sign, commas between
// groups of three, at most six decimals behind a point. INVALID_ARGUMENT for everything that could
// be meant otherwise ("1,25", "1.250,50"), without a code, and for more than a Money holds.
absl::StatusOr<v1::Money> ParseMoney(absl::string_view text);

// "2025-03-31"; empty where no day is set.
std::string FormatDate(const v1::Date& date);
// That form only, of a real day. INVALID_ARGUMENT.
absl::StatusOr<v1::Date> ParseDate(absl::string_view text);
v1::Date ToDate(absl::CivilDay day);
absl::CivilDay ToCivilDay(const v1::Date& date);

// The ids in a name by their collections: {"accounts": "a", "opportunities": "o"} of
// "accounts/a/opportunities/o". INVALID_ARGUMENT where it is no name.
absl::StatusOr<std::map<std::string, std::string>> ParseName(absl::string_view name);
// The other way round, in order. INVALID_ARGUMENT where an id or a collection is none.
absl::StatusOr<std::string> FormatName(
    const std::vector<std::pair<std::string, std::string>>& ids_by_collection);

// "Adoption review" of ADOPTION_REVIEW; "Unknown (17)" of a number that a newer server knows.
std::string Label(const google::protobuf::EnumDescriptor& type, int number);
template <class Enum>
std::string Label(Enum value) {
  static_assert(google::protobuf::is_proto_enum<Enum>::value, "a value of an enum of the protos");
  return Label(*google::protobuf::GetEnumDescriptor<Enum>(), static_cast<int>(value));
}

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_TEXT_H_
