#include <cppconn/connection.h>
#include <cppconn/datatype.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "tests/bench/raw.h"

namespace perennial::bench {
namespace {

// Throws sql::SQLException.
class Session {
 public:
  Session(const sql::Options& options, const Recording& recording) {
    // mysql://user@host:port/name
    const std::vector<std::string> parts =
        absl::StrSplit(absl::StripPrefix(options.url, "mysql://"), absl::ByAnyChar("@:/"));
    ::sql::ConnectOptionsMap connect;
    connect["userName"] = parts.at(0);
    connect["hostName"] = absl::StrCat("tcp://", parts.at(1));
    connect["port"] = std::stoi(parts.at(2));
    connect["schema"] = parts.at(3);
    connect["password"] = options.password;
    connection_.reset(::get_driver_instance()->connect(connect));
    plain_.reset(connection_->createStatement());
    plain_->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    plain_->execute("SET NAMES utf8mb4 COLLATE utf8mb4_bin");
    plain_->execute("SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,PIPES_AS_CONCAT'");
    for (const Recording::Text& text : recording.texts) {
      statements_.emplace_back(connection_->prepareStatement(text.sql));
    }
  }

  void Run(const char* sql) { plain_->execute(sql); }

  void Play(const Statement& statement, bool is_query) {
    ::sql::PreparedStatement& prepared = *statements_[statement.text];
    for (size_t i = 0; i < statement.values.size(); ++i) {
      Bind(prepared, static_cast<unsigned>(i) + 1, statement.values[i]);
    }
    if (!is_query) {
      prepared.executeUpdate();
      return;
    }
    const std::unique_ptr<::sql::ResultSet> result(prepared.executeQuery());
    const unsigned columns = result->getMetaData()->getColumnCount();
    while (result->next()) {
      for (unsigned column = 1; column <= columns; ++column) {
        bytes_read_ += result->getString(column)->size();
      }
    }
  }

 private:
  static void Bind(::sql::PreparedStatement& statement, unsigned index, const Value& value) {
    switch (value.kind) {
      case sql::Bind::Kind::kNull:
        return statement.setNull(index, ::sql::DataType::SQLNULL);
      case sql::Bind::Kind::kInteger:
        return statement.setInt64(index, value.integer);
      case sql::Bind::Kind::kReal:
        return statement.setDouble(index, value.real);
      case sql::Bind::Kind::kText:
      case sql::Bind::Kind::kBytes:
        return statement.setString(index, value.text);
    }
  }

  std::unique_ptr<::sql::Connection> connection_;
  std::unique_ptr<::sql::Statement> plain_;
  std::vector<std::unique_ptr<::sql::PreparedStatement>> statements_;
  size_t bytes_read_ = 0;
};

class RawMysql final : public RawEngine {
 public:
  RawMysql(const sql::Options& options, const Recording& recording) : recording_(recording) {
    for (int i = 0; i < options.connections; ++i) {
      sessions_.push_back(std::make_unique<Session>(options, recording));
    }
  }

  absl::StatusOr<Measurement> Play(size_t count, int per_commit) override {
    const size_t end = std::min(next_ + count, recording_.transactions.size());
    std::atomic<size_t> next{next_};
    std::vector<Part> parts(sessions_.size());
    std::vector<std::thread> threads;
    const absl::Time start = absl::Now();
    for (size_t i = 0; i < sessions_.size(); ++i) {
      threads.emplace_back([&, i] { Play(*sessions_[i], next, end, per_commit, parts[i]); });
    }
    for (std::thread& thread : threads) thread.join();
    Measurement measurement;
    measurement.time = absl::Now() - start;
    measurement.calls = static_cast<int64_t>(end - next_);
    next_ = end;
    for (const Part& part : parts) {
      RETURN_IF_ERROR(part.status);
      measurement.latencies.insert(measurement.latencies.end(), part.latencies.begin(),
                                   part.latencies.end());
    }
    return measurement;
  }

 private:
  // What one session did.
  struct Part {
    absl::Status status;
    std::vector<absl::Duration> latencies;
  };

  void Play(Session& session, std::atomic<size_t>& next, size_t end, int per_commit, Part& part) {
    try {
      for (size_t first; (first = next.fetch_add(per_commit)) < end;) {
        const absl::Time start = absl::Now();
        session.Run("START TRANSACTION");
        for (size_t i = first; i < std::min(end, first + per_commit); ++i) {
          for (const Statement& statement : recording_.transactions[i]) {
            session.Play(statement, recording_.texts[statement.text].is_query);
          }
        }
        session.Run("COMMIT");
        part.latencies.push_back(absl::Now() - start);
      }
    } catch (const ::sql::SQLException& exception) {
      part.status = absl::InternalError(absl::StrCat("MySQL: ", exception.what()));
    }
  }

  const Recording& recording_;
  std::vector<std::unique_ptr<Session>> sessions_;
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RawEngine>> OpenRawMysql(const sql::Options& options,
                                                        const Recording& recording) {
  try {
    return std::unique_ptr<RawEngine>(std::make_unique<RawMysql>(options, recording));
  } catch (const ::sql::SQLException& exception) {
    return absl::InternalError(absl::StrCat("MySQL: ", exception.what()));
  }
}

}  // namespace perennial::bench
