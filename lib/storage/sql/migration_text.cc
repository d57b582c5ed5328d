#include "lib/storage/sql/migration_text.h"

#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"
#include "lib/base/status.h"

namespace perennial::sql {
namespace {

// A longer text cannot be indexed as a whole, and as VARCHAR it would use up
// the 65,535 bytes that MySQL allows for all of them in one row.
constexpr int kMaxVarchar = 768;

struct Macro {
  absl::string_view name;
  bool has_name;
  bool has_length;
  // $0 is the column or table, $1 the length, $2 the collation.
  absl::string_view sqlite;
  absl::string_view mysql;
};

constexpr Macro kMacros[] = {
    {"key", true, true, "$0 TEXT NOT NULL PRIMARY KEY CHECK (length($0) <= $1)",
     "$0 VARCHAR($1) NOT NULL PRIMARY KEY"},
    {"text", true, true, "$0 TEXT NOT NULL DEFAULT '' CHECK (length($0) <= $1)",
     "$0 VARCHAR($1) NOT NULL DEFAULT ''"},
    {"int", true, false, "$0 INTEGER NOT NULL DEFAULT 0", "$0 BIGINT NOT NULL DEFAULT 0"},
    {"real", true, false, "$0 REAL NOT NULL DEFAULT 0", "$0 DOUBLE NOT NULL DEFAULT 0"},
    {"bytes", true, false, "$0 BLOB NOT NULL DEFAULT x''", "$0 LONGBLOB NOT NULL DEFAULT ('')"},
    {"options", false, false, "STRICT",
     "ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE $2"},
    // Of a table whose rows are kept in the order of their primary key.
    {"clustered", false, false, "STRICT, WITHOUT ROWID",
     "ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE $2"},
    {"on", true, false, "", "ON $0"},
    // The rest of the line is for SQLite alone.
    {"sqlite", false, false, "", "DO 0 --"},
    // And this for MySQL alone.
    {"mysql", false, false, "DELETE FROM schema_steps WHERE 0 --", ""},
    // For the program, not for the engine.
    {"fill", true, false, "FILL $0", "FILL $0"},
    {"collation", false, false, "BINARY", "$2"},
};

constexpr absl::string_view kLongTextMysql =
    "$0 MEDIUMTEXT NOT NULL DEFAULT ('') CHECK (CHAR_LENGTH($0) <= $1)";

const Macro* FindMacro(absl::string_view name) {
  for (const Macro& macro : kMacros) {
    if (macro.name == name) return &macro;
  }
  return nullptr;
}

bool IsIdentifierChar(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// Takes `$name` or `$name(...)` off the front of `rest`.
absl::StatusOr<std::string> ExpandNext(absl::string_view& rest, const Dialect& dialect) {
  size_t end = 1;
  while (end < rest.size() && IsIdentifierChar(rest[end])) ++end;
  const absl::string_view name = rest.substr(1, end - 1);
  rest.remove_prefix(end);
  const Macro* const macro = FindMacro(name);
  if (macro == nullptr)
    return absl::InvalidArgumentError(absl::StrCat("there is no macro $", name));

  std::vector<absl::string_view> args;
  if (macro->has_name) {
    const size_t close = rest.find(')');
    if (!absl::StartsWith(rest, "(") || close == absl::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat("$", name, " lacks its (...)"));
    }
    args = absl::StrSplit(rest.substr(1, close - 1), ',');
    rest.remove_prefix(close + 1);
  }
  for (absl::string_view& arg : args) arg = absl::StripAsciiWhitespace(arg);
  const size_t expected = (macro->has_name ? 1 : 0) + (macro->has_length ? 1 : 0);
  int length = 0;
  if (args.size() != expected || (macro->has_name && args[0].empty()) ||
      (macro->has_length && (!absl::SimpleAtoi(args[1], &length) || length < 1))) {
    return absl::InvalidArgumentError(
        absl::StrCat("$", name, "(", absl::StrJoin(args, ", "), ") has wrong arguments"));
  }
  const bool long_text = macro->name == "text" && length > kMaxVarchar;
  const absl::string_view form = dialect.engine == Engine::kSqlite ? macro->sqlite
                                 : long_text                       ? kLongTextMysql
                                                                   : macro->mysql;
  return absl::Substitute(form, args.empty() ? "" : args[0], length, dialect.collation);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SplitStatements(absl::string_view text) {
  std::vector<std::string> statements;
  std::string statement;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(line), "--")) continue;
    line = absl::StripTrailingAsciiWhitespace(line);
    if (line.empty()) continue;
    const bool closed = absl::ConsumeSuffix(&line, ";");
    absl::StrAppend(&statement, statement.empty() ? "" : "\n", line);
    if (!closed) continue;
    statements.push_back(std::move(statement));
    statement.clear();
  }
  if (!statement.empty()) {
    return absl::InvalidArgumentError(
        "the last statement does not end with ; at the end of a line");
  }
  return statements;
}

absl::StatusOr<std::string> ExpandMacros(absl::string_view statement, const Dialect& dialect) {
  std::string expanded;
  while (true) {
    const size_t dollar = statement.find('$');
    absl::StrAppend(&expanded, statement.substr(0, dollar));
    if (dollar == absl::string_view::npos) return expanded;
    statement.remove_prefix(dollar);
    ASSIGN_OR_RETURN(const std::string expansion, ExpandNext(statement, dialect));
    absl::StrAppend(&expanded, expansion);
  }
}

std::string Checksum(absl::string_view statement) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : statement) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

}  // namespace perennial::sql
