#include "lib/storage/sql/database.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "lib/base/status.h"
#include "lib/storage/sql/mysql_database.h"
#include "lib/storage/sql/sqlite_database.h"

namespace perennial::sql {
namespace {

// A name that needs no quoting and that every server takes.
bool IsDatabaseName(absl::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  for (const char c : name) {
    if (!absl::ascii_isalnum(c) && c != '_') return false;
  }
  return true;
}

// Cuts `text` at the last `separator`: the part before it is answered, the part after it stays.
// False where there is none.
bool CutAtLast(char separator, absl::string_view& text, absl::string_view& before) {
  const size_t position = text.rfind(separator);
  if (position == absl::string_view::npos) return false;
  before = text.substr(0, position);
  text.remove_prefix(position + 1);
  return true;
}

// user@host:port/name, where host may be an IPv6 address in brackets and :port may be missing.
absl::StatusOr<MysqlTarget> ParseMysqlTarget(absl::string_view rest) {
  constexpr absl::string_view kForm = "the database url is not mysql://user@host:port/name";
  absl::string_view user;
  absl::string_view host;
  if (!CutAtLast('@', rest, user) || !CutAtLast('/', rest, host)) {
    return absl::InvalidArgumentError(kForm);
  }
  if (absl::StrContains(user, ':')) {
    return absl::InvalidArgumentError("the database url must not have a password in it");
  }
  if (!IsDatabaseName(rest)) {
    return absl::InvalidArgumentError(
        "the database's name in the url is not made of 1 to 64 letters, digits and _");
  }
  MysqlTarget target;
  target.user = std::string(user);
  target.database = std::string(rest);
  absl::string_view port = host;
  if (!absl::EndsWith(host, "]") && CutAtLast(':', port, host)) {
    if (!absl::SimpleAtoi(port, &target.port) || target.port < 1 || target.port > 65535) {
      return absl::InvalidArgumentError("the port in the database url is not one");
    }
  }
  target.host = std::string(host);
  if (target.user.empty() || target.host.empty()) return absl::InvalidArgumentError(kForm);
  return target;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options) {
  absl::string_view url = options.url;
  if (absl::ConsumePrefix(&url, "sqlite:")) {
    if (url.empty()) return absl::InvalidArgumentError("the database url lacks the file's path");
    return OpenSqlite(std::string(url), options);
  }
  if (absl::ConsumePrefix(&url, "mysql://")) {
    ASSIGN_OR_RETURN(MysqlTarget target, ParseMysqlTarget(url));
    target.password = options.password;
    target.tls_ca_file = options.tls_ca_file;
    target.statement_timeout = options.statement_timeout;
    target.sessions = std::max(options.connections, 1);
    return OpenMysql(target);
  }
  return absl::InvalidArgumentError(
      "the database url is neither sqlite:PATH nor mysql://user@host:port/name");
}

}  // namespace perennial::sql
