#include "lib/storage/sql/mysql_database.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/no_throw.h"
#include "lib/base/status.h"
#include "lib/storage/sql/connection_pool.h"
#include "lib/storage/sql/outcomes.h"

namespace perennial::sql {
namespace {

// Waits between two runs: random below a bound that doubles, so that those
// who were in each other's way meet less and less.
class Backoff {
 public:
  absl::Duration Next() {
    thread_local std::minstd_rand random{std::random_device{}()};
    const absl::Duration bound = bound_;
    bound_ = std::min(bound_ * 2, kMaxBound);
    return bound * std::uniform_real_distribution<double>(0, 1)(random);
  }

 private:
  static constexpr absl::Duration kMaxBound = absl::Milliseconds(500);
  absl::Duration bound_ = absl::Milliseconds(4);
};

// A restart of the database takes less, mostly.
constexpr absl::Duration kLongestAbsence = absl::Seconds(3);
// As many backups as are made at once, the probes, and some to spare.
constexpr int kSessionsAside = 6;

// What the server gives this process is shared by all sessions, whatever they are for.
MysqlTarget WithSessionsAside(MysqlTarget target) {
  target.sessions += kSessionsAside;
  return target;
}

// However long statements may take.
constexpr absl::Duration kConnectPatience = absl::Seconds(30);

class MysqlDatabase final : public Database {
 public:
  MysqlDatabase(const MysqlTarget& target, MysqlFlavor flavor)
      : facts_{/*others_may_write=*/true,
               /*commit_answer_may_be_lost=*/true,
               /*reads_hold_rows=*/false,
               /*shared_lock=*/SharedLockOf(flavor),
               /*exclusive_lock=*/" FOR UPDATE"},
        sessions_(target.sessions, Opener(target)),
        aside_(kSessionsAside, Opener(target)) {}

  Engine engine() const override { return Engine::kMysql; }

  const Facts& facts() const override { return facts_; }

  absl::Status Read(absl::Time deadline, absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return RunRead(sessions_, MysqlConnection::Reading::kSnapshot, deadline, fn);
  }

  absl::Status ReadByQuery(absl::Time deadline,
                           absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return RunRead(sessions_, MysqlConnection::Reading::kByQuery, deadline, fn);
  }

  absl::Status ReadAside(absl::Time deadline,
                         absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return RunRead(aside_, MysqlConnection::Reading::kSnapshot, deadline, fn);
  }

  absl::Status Write(absl::Time deadline,
                     absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return RunWrite(sessions_, deadline, fn);
  }

  absl::Status WriteAside(absl::Time deadline,
                          absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return RunWrite(aside_, deadline, fn);
  }

  Statistics statistics() const override {
    Statistics statistics;
    outcomes_.Tell(statistics);
    statistics.commits = statistics.writes;
    statistics.retries = retries_;
    statistics.connections_in_use = sessions_.taken() + aside_.taken();
    statistics.connections_awaited = sessions_.awaited() + aside_.awaited();
    return statistics;
  }

 private:
  using Sessions = ConnectionPool<MysqlConnection>;

  static Sessions::Opener Opener(const MysqlTarget& target) {
    return [target = WithSessionsAside(target)](absl::Time deadline) {
      return MysqlConnection::Connect(target, deadline);
    };
  }

  absl::Status RunRead(Sessions& sessions, MysqlConnection::Reading reading, absl::Time deadline,
                       absl::FunctionRef<absl::Status(Connection&)> fn) {
    return outcomes_.OfRead(
        RunUntilDone(sessions, deadline, [&](MysqlConnection& connection) -> absl::Status {
          RETURN_IF_ERROR(connection.BeginRead(reading, deadline));
          const absl::Status status = NoThrow([&] { return fn(connection); });
          connection.Rollback();
          return status;
        }));
  }

  absl::Status RunWrite(Sessions& sessions, absl::Time deadline,
                        absl::FunctionRef<absl::Status(Connection&)> fn) {
    return outcomes_.OfWrite(
        RunUntilDone(sessions, deadline, [&](MysqlConnection& connection) -> absl::Status {
          RETURN_IF_ERROR(connection.BeginWrite(deadline));
          const absl::Status result = NoThrow([&] { return fn(connection); });
          if (result.ok()) return connection.Commit();
          connection.Rollback();
          return result;
        }));
  }

  // Runs `use` on a connection, and again where that was undone, or where there was no
  // connection, until the deadline is nearer than the next run, or the server has been away for so
  // long that the caller does better to ask another one of ours.
  absl::Status RunUntilDone(Sessions& sessions, absl::Time deadline,
                            absl::FunctionRef<absl::Status(MysqlConnection&)> use) {
    Backoff backoff;
    absl::Time gone_since = absl::InfiniteFuture();
    while (true) {
      if (absl::Now() >= deadline) return ToStatus(MysqlError::kTookTooLong);
      absl::Status undone;
      const absl::Status status = NoThrow([&] { return RunOnce(sessions, deadline, use, undone); });
      if (undone.ok()) return status;
      if (absl::IsUnavailable(undone)) {
        // The idle ones were most likely lost with it.
        sessions.CloseIdle();
        gone_since = std::min(gone_since, absl::Now());
        if (absl::Now() - gone_since >= kLongestAbsence) return undone;
      } else {
        gone_since = absl::InfiniteFuture();
      }
      const absl::Duration wait = backoff.Next();
      if (absl::Now() + wait >= deadline) return undone;
      absl::SleepFor(wait);
      ++retries_;
    }
  }

  // `undone` is what kept it from being done, where another run may do it.
  static absl::Status RunOnce(Sessions& sessions, absl::Time deadline,
                              absl::FunctionRef<absl::Status(MysqlConnection&)> use,
                              absl::Status& undone) {
    const auto connection = sessions.Take(deadline);
    if (!connection.ok()) {
      if (absl::IsUnavailable(connection.status())) undone = connection.status();
      return connection.status();
    }
    absl::Status status = use(**connection);
    undone = (*connection)->undone();
    return status;
  }

  const Facts facts_;
  Sessions sessions_;
  Sessions aside_;
  Outcomes outcomes_;
  std::atomic<int64_t> retries_{0};
};

// Finds out whose server it is, and whether it has the database. To be served, it gets one.
absl::Status FindDatabase(MysqlTarget target, Use use, absl::Time deadline, MysqlFlavor& flavor) {
  const std::string name = std::exchange(target.database, "");
  ASSIGN_OR_RETURN(const std::unique_ptr<MysqlConnection> connection,
                   MysqlConnection::Connect(target, deadline));
  flavor = connection->flavor();
  RETURN_IF_ERROR(connection->BeginWrite(deadline));
  bool exists = false;
  RETURN_IF_ERROR(
      connection->Query("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?",
                        {name}, [&](const Row& row) {
                          exists = row.Integer(0) > 0;
                          return absl::OkStatus();
                        }));
  if (exists) return absl::OkStatus();
  if (use != Use::kServe) return absl::NotFoundError("the server has no such database");
  return connection
      ->Execute(absl::StrCat("CREATE DATABASE IF NOT EXISTS `", name,
                             "` CHARACTER SET utf8mb4 COLLATE ", CollationOf(flavor)),
                {})
      .status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenMysql(const MysqlTarget& target, Use use) {
  const absl::Time deadline = absl::Now() + std::min(target.statement_timeout, kConnectPatience);
  MysqlFlavor flavor = MysqlFlavor::kUnknown;
  RETURN_IF_ERROR(NoThrow([&] { return FindDatabase(target, use, deadline, flavor); }));
  return std::make_unique<MysqlDatabase>(target, flavor);
}

}  // namespace perennial::sql
