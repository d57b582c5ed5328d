#ifndef PERENNIAL_CLIENT_CLI_IMPORT_TEXT_FUNCTIONS_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_TEXT_FUNCTIONS_H_

// The functions that a mapping's texts put behind a column: `{name|id}`.

#include <functional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "internal/import_mapping.pb.h"

namespace perennial::cli {

// INVALID_ARGUMENT says what is wrong with the value.
using TextFunction = std::function<absl::StatusOr<std::string>(absl::string_view value)>;

// Whether different texts may become the same one, though nobody has said that they mean the same
// as a value map does; whether a value becomes another on another day.
enum class FunctionKind { kPlain, kBlurs, kDay };

// Of the function that `call` names.
FunctionKind KindOfFunction(absl::string_view call);

// One whose argument names a column: `other` is the value of that.
using ColumnFunction =
    std::function<absl::StatusOr<std::string>(absl::string_view value, absl::string_view other)>;

// What functions need to know.
struct FunctionContext {
  absl::CivilDay today;
  std::map<std::string, internal::ValueMap> value_maps;
};

// The function that `call` names, such as "date:%d.%m.%Y". INVALID_ARGUMENT where there is none or
// its argument is wrong. `context` outlives it.
absl::StatusOr<TextFunction> MakeTextFunction(absl::string_view call,
                                              const FunctionContext& context);

// That of the name, such as "or_column"; null where there is none.
const ColumnFunction* FindColumnFunction(absl::string_view name);

// A line for each function, with what it does, for --help.
std::string DescribeFunctions();

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_TEXT_FUNCTIONS_H_
