#include "tests/support/server_on.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

namespace perennial {

client::ThrowawayServerOptions ServerOn(const TestDatabase& database,
                                        std::vector<std::string> flags) {
  client::ThrowawayServerOptions options;
  options.clock.clear();
  options.database = database.options().url;
  options.flags = std::move(flags);
  if (!database.options().password.empty()) {
    options.flags.push_back(
        absl::StrCat("--database-password-file=", getenv("PERENNIAL_TEST_MYSQL_PASSWORD_FILE")));
  }
  return options;
}

}  // namespace perennial
