#include "lib/storage/sql/database.h"

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "lib/storage/sql/sqlite_database.h"

namespace perennial::sql {

absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options) {
  absl::string_view url = options.url;
  if (absl::ConsumePrefix(&url, "sqlite:")) {
    if (url.empty()) return absl::InvalidArgumentError("the database url lacks the file's path");
    return OpenSqlite(std::string(url), options);
  }
  return absl::InvalidArgumentError(
      "the database url is neither sqlite:PATH nor mysql://user@host:port/name");
}

}  // namespace perennial::sql
