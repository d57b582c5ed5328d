#include "lib/storage/sql/database.h"

#include <algorithm>
#include <optional>
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

// Anything may be the name of a file, but these are meant otherwise elsewhere.
absl::Status CheckSqlitePath(absl::string_view path) {
  if (path.empty()) return absl::InvalidArgumentError("the database url lacks the file's path");
  if (absl::StartsWith(path, ":") || absl::StartsWith(path, "file:")) {
    return absl::InvalidArgumentError(
        "the database url has to name a file: sqlite:PATH, such as sqlite:data/perennial.db; there "
        "are no databases in memory, and no urls within the url");
  }
  if (absl::StartsWith(path, "//")) {
    return absl::InvalidArgumentError(
        "the path in the database url begins with //: a relative one is sqlite:data/perennial.db, "
        "an absolute one sqlite:/data/perennial.db");
  }
  if (absl::StrContains(path, '?')) {
    return absl::InvalidArgumentError(
        "the database url takes no parameters: it is sqlite:PATH, where the path has no ?");
  }
  if (absl::EndsWith(path, "/")) {
    return absl::InvalidArgumentError(
        "the database url names a folder: it is sqlite:PATH of a file");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckUrl(absl::string_view url) {
  if (const std::optional<std::string> path = SqlitePath(url)) return CheckSqlitePath(*path);
  if (absl::ConsumePrefix(&url, "mysql://")) return ParseMysqlTarget(url).status();
  return absl::InvalidArgumentError(
      "the database url is neither sqlite:PATH nor mysql://user@host:port/name");
}

std::optional<std::string> SqlitePath(absl::string_view url) {
  if (!absl::ConsumePrefix(&url, "sqlite:")) return std::nullopt;
  return std::string(url);
}

absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options) {
  RETURN_IF_ERROR(CheckUrl(options.url));
  if (const std::optional<std::string> path = SqlitePath(options.url)) {
    return options.use == Use::kLook ? LookAtSqlite(*path) : OpenSqlite(*path, options);
  }
  ASSIGN_OR_RETURN(MysqlTarget target,
                   ParseMysqlTarget(absl::StripPrefix(options.url, "mysql://")));
  target.password = options.password;
  target.tls_ca_file = options.tls_ca_file;
  target.statement_timeout = options.statement_timeout;
  target.sessions = std::max(options.connections, 1);
  return OpenMysql(target, options.use);
}

}  // namespace perennial::sql
