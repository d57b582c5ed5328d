#include <sqlite3.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "tests/bench/raw.h"

namespace perennial::bench {
namespace {

class RawSqlite final : public RawEngine {
 public:
  explicit RawSqlite(const Recording& recording) : recording_(recording) {}
  ~RawSqlite() override {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }

  absl::Status Open(const std::string& path) {
    RETURN_IF_ERROR(Check(
        sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr)));
    // The page cache is as large as the server's writer has it.
    RETURN_IF_ERROR(
        Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "PRAGMA cache_size = -12288"));
    for (const Recording::Text& text : recording_.texts) {
      RETURN_IF_ERROR(Check(sqlite3_prepare_v3(db_, text.sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT,
                                               &statements_.emplace_back(), nullptr)));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Measurement> Play(size_t count, int per_commit) override {
    const size_t end = std::min(next_ + count, recording_.transactions.size());
    Measurement measurement;
    const absl::Time start = absl::Now();
    absl::Time last = start;
    while (next_ < end) {
      RETURN_IF_ERROR(Run("BEGIN IMMEDIATE"));
      for (int i = 0; i < per_commit && next_ < end; ++i, ++next_, ++measurement.calls) {
        for (const Statement& statement : recording_.transactions[next_]) {
          RETURN_IF_ERROR(Play(statement));
        }
      }
      RETURN_IF_ERROR(Run("COMMIT"));
      measurement.latencies.push_back(absl::Now() - last);
      last = absl::Now();
    }
    measurement.time = last - start;
    return measurement;
  }

 private:
  absl::Status Check(int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE) return absl::OkStatus();
    return absl::InternalError(absl::StrCat("SQLite: ", sqlite3_errmsg(db_)));
  }

  absl::Status Run(const char* sql) {
    return Check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr));
  }

  absl::Status Play(const Statement& statement) {
    sqlite3_stmt* const prepared = statements_[statement.text];
    for (size_t i = 0; i < statement.values.size(); ++i) {
      Bind(prepared, static_cast<int>(i) + 1, statement.values[i]);
    }
    int code;
    while ((code = sqlite3_step(prepared)) == SQLITE_ROW) {
      for (int column = 0; column < sqlite3_column_count(prepared); ++column) {
        bytes_read_ += sqlite3_column_bytes(prepared, column);
      }
    }
    sqlite3_reset(prepared);
    return Check(code);
  }

  static void Bind(sqlite3_stmt* statement, int index, const Value& value) {
    switch (value.kind) {
      case sql::Bind::Kind::kNull:
        sqlite3_bind_null(statement, index);
        break;
      case sql::Bind::Kind::kInteger:
        sqlite3_bind_int64(statement, index, value.integer);
        break;
      case sql::Bind::Kind::kReal:
        sqlite3_bind_double(statement, index, value.real);
        break;
      case sql::Bind::Kind::kText:
        sqlite3_bind_text64(statement, index, value.text.data(), value.text.size(), SQLITE_STATIC,
                            SQLITE_UTF8);
        break;
      case sql::Bind::Kind::kBytes:
        sqlite3_bind_blob64(statement, index, value.text.data(), value.text.size(), SQLITE_STATIC);
        break;
    }
  }

  const Recording& recording_;
  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
  size_t next_ = 0;
  int64_t bytes_read_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RawEngine>> OpenRawSqlite(const std::string& path,
                                                         const Recording& recording) {
  auto engine = std::make_unique<RawSqlite>(recording);
  RETURN_IF_ERROR(engine->Open(path));
  return std::unique_ptr<RawEngine>(std::move(engine));
}

}  // namespace perennial::bench
