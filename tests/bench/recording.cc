#include "tests/bench/recording.h"

#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/storage/call.h"
#include "lib/storage/store.h"
#include "server/handlers/handlers.h"
#include "server/methods/registry.h"
#include "server/workflows/relationships.h"

namespace perennial::bench {
namespace {

constexpr absl::Duration kTimeout = absl::Minutes(5);

class RecordingConnection final : public sql::Connection {
 public:
  RecordingConnection(sql::Connection& connection, Recording& recording)
      : connection_(connection), recording_(recording) {}

  absl::StatusOr<int64_t> Execute(absl::string_view sql,
                                  absl::Span<const sql::Bind> binds) override {
    Add(sql, false, binds);
    return connection_.Execute(sql, binds);
  }

  absl::Status Query(absl::string_view sql, absl::Span<const sql::Bind> binds,
                     absl::FunctionRef<absl::Status(const sql::Row&)> on_row) override {
    Add(sql, true, binds);
    return connection_.Query(sql, binds, on_row);
  }

  absl::Status Savepoint(absl::FunctionRef<absl::Status()> fn) override {
    return connection_.Savepoint(fn);
  }

 private:
  void Add(absl::string_view sql, bool is_query, absl::Span<const sql::Bind> binds) {
    const auto [found, is_new] =
        texts_.try_emplace(std::string(sql), static_cast<int>(recording_.texts.size()));
    if (is_new) recording_.texts.push_back({std::string(sql), is_query});
    Statement& statement = recording_.transactions.back().emplace_back();
    statement.text = found->second;
    for (const sql::Bind& bind : binds) {
      statement.values.push_back(
          {bind.kind(), bind.integer(), bind.real(), std::string(bind.text())});
    }
  }

  sql::Connection& connection_;
  Recording& recording_;
  absl::flat_hash_map<std::string, int> texts_;
};

// Everything happens within one transaction of the database that is behind it.
class RecordingDatabase final : public sql::Database {
 public:
  RecordingDatabase(const sql::Database& database, sql::Connection& connection,
                    Recording& recording)
      : database_(database), recording_(recording), connection_(connection, recording) {}

  sql::Engine engine() const override { return database_.engine(); }
  const sql::Facts& facts() const override { return database_.facts(); }
  using Function = absl::FunctionRef<absl::Status(sql::Connection&)>;
  absl::Status Read(absl::Time, Function fn) override { return fn(connection_); }
  absl::Status ReadByQuery(absl::Time, Function fn) override { return fn(connection_); }
  absl::Status ReadAside(absl::Time, Function fn) override { return fn(connection_); }
  absl::Status Write(absl::Time, Function fn) override {
    recording_.transactions.emplace_back();
    return fn(connection_);
  }
  absl::Status WriteAside(absl::Time deadline, Function fn) override { return Write(deadline, fn); }
  sql::Statistics statistics() const override { return {}; }

 private:
  const sql::Database& database_;
  Recording& recording_;
  RecordingConnection connection_;
};

}  // namespace

absl::StatusOr<Recording> Record(const sql::Options& options, const std::string& method,
                                 const std::vector<std::string>& requests) {
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> database, sql::Open(options));
  Recording recording;
  const absl::Status taken_back = absl::CancelledError("recorded");
  const auto run = [&](sql::Connection& connection) -> absl::Status {
    recording = Recording();
    SystemClock clock;
    Store store(std::make_unique<RecordingDatabase>(*database, connection, recording), clock);
    Registry registry(store);
    ChangeFeed feed(store, ChangeFeed::Options());
    RelationshipReview review(store);
    BackupStreams backups(store, "");
    store.SetConsequences(RelationshipConsequences());
    RegisterHandlers(registry, {store, feed, review, backups, nullptr});
    const Registry::Method& handler = registry.methods().at(absl::StrCat("perennial.v1.", method));
    for (const std::string& request : requests) {
      Call call;
      call.actor = "local";
      call.role = v1::ADMIN;
      call.method = method;
      RETURN_IF_ERROR(handler.run(request, std::move(call)).status());
    }
    return taken_back;
  };
  const absl::Status status = database->Write(absl::Now() + kTimeout, run);
  if (status != taken_back) return status;
  return recording;
}

}  // namespace perennial::bench
