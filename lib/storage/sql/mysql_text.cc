#include "lib/storage/sql/mysql_text.h"

#include <cppconn/exception.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace perennial::sql {
namespace {

std::string Literal(const Bind& bind) {
  switch (bind.kind()) {
    case Bind::Kind::kNull:
      return "NULL";
    case Bind::Kind::kInteger:
      // `-` before another would begin a comment.
      return bind.integer() < 0 ? absl::StrCat("(", bind.integer(), ")")
                                : absl::StrCat(bind.integer());
    case Bind::Kind::kReal:
      // Without an exponent it would be a DECIMAL.
      return absl::StrFormat(bind.real() < 0 ? "(%.17e)" : "%.17e", bind.real());
    case Bind::Kind::kText:
      // Digits alone: nothing in a text can end it, whatever the session's mode.
      return absl::StrCat("_utf8mb4 x'", absl::BytesToHexString(bind.text()), "'");
    case Bind::Kind::kBytes:
      return absl::StrCat("x'", absl::BytesToHexString(bind.text()), "'");
  }
  return "NULL";
}

// The length of what begins `sql` and has no `?` that stands for a bind: a text or a name in
// quotes, or one character.
size_t LengthOfToken(absl::string_view sql) {
  const char quote = sql[0];
  if (quote != '\'' && quote != '"' && quote != '`') return 1;
  // A doubled quote within ends one and begins the next.
  const size_t end = sql.find(quote, 1);
  return end == absl::string_view::npos ? sql.size() : end + 1;
}

}  // namespace

std::string WithLiterals(absl::string_view sql, absl::Span<const Bind> binds) {
  std::string text;
  size_t used = 0;
  while (!sql.empty()) {
    const size_t length = LengthOfToken(sql);
    if (sql[0] != '?') {
      absl::StrAppend(&text, sql.substr(0, length));
    } else if (used < binds.size()) {
      absl::StrAppend(&text, Literal(binds[used++]));
    } else {
      ++used;
    }
    sql.remove_prefix(length);
  }
  if (used != binds.size()) {
    throw ::sql::InvalidArgumentException("another number of binds than of parameters");
  }
  return text;
}

}  // namespace perennial::sql
