#ifndef PERENNIAL_LIB_STORAGE_PAST_H_
#define PERENNIAL_LIB_STORAGE_PAST_H_

// Many resources as they were at a time, from the history. (ReadAsOf in history.h reads one.)

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/storage/sql/database.h"

namespace perennial {

struct PastResource {
  std::string name;
  std::string type;
  std::string data;  // without the summary of its account
};
using OnPastResource = absl::FunctionRef<absl::Status(const PastResource&)>;

// Those of `names` that were there.
absl::Status SelectPast(const std::vector<std::string>& names, absl::Time as_of,
                        sql::Connection& connection, OnPastResource on_resource);

// Goes through what was there, of some types, in the order of the names; some changes at a time, so
// that the memory it takes is bounded.
class PastScan {
 public:
  // Below all accounts, from the names behind `from` on.
  PastScan(std::vector<std::string> types, absl::string_view from, absl::Time as_of)
      : types_(std::move(types)), last_name_(from), as_of_(as_of) {}
  // What has a name that starts with `prefix`, which ends in a slash.
  PastScan(std::string type, absl::string_view prefix, absl::Time as_of)
      : types_({std::move(type)}), last_name_(prefix), end_(prefix), as_of_(as_of) {
    ++end_.back();  // '0' follows '/'
  }

  // Hands over the next ones: none, perhaps, though more come. False once nothing is left.
  // `on_resource` must not use the connection.
  absl::StatusOr<bool> Next(sql::Connection& connection, OnPastResource on_resource);

 private:
  const std::vector<std::string> types_;
  // Of the last change that was read.
  std::string last_name_;
  int64_t last_version_ = 0;
  // Names from here on are not wanted.
  std::string end_ = "accounts0";
  const absl::Time as_of_;
  // What the changes of the last resource make of it, so far; without data where it is not there.
  PastResource latest_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_PAST_H_
