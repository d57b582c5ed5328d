#include "lib/storage/sql/sqlite_database.h"

#include <algorithm>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "lib/base/no_throw.h"
#include "lib/base/status.h"
#include "lib/storage/sql/check_pages.h"
#include "lib/storage/sql/connection_pool.h"
#include "lib/storage/sql/outcomes.h"
#include "lib/storage/sql/sqlite_connection.h"
#include "lib/storage/sql/sqlite_copy.h"
#include "lib/storage/sql/sqlite_file.h"
#include "lib/storage/sql/sqlite_writer.h"

namespace perennial::sql {
namespace {

// Page caches. What they miss is mostly in the system's own cache.
constexpr int kWriterCacheKib = 12 * 1024;
constexpr int kAllReadersCacheKib = 16 * 1024;
constexpr int kMinReaderCacheKib = 1024;
constexpr int kHolderCacheKib = 16;
// As many backups as are made at once, the probe, and some to spare.
constexpr int kReadersAside = 4;
// A read that is ended for the log's sake is run again, since the log is short then.
constexpr int kRunsOfARead = 3;

// One process, and in it one writer.
constexpr Facts kFacts = {/*others_may_write=*/false,
                          /*commit_answer_may_be_lost=*/false,
                          /*reads_hold_rows=*/true,
                          /*shared_lock=*/"",
                          /*exclusive_lock=*/""};

class SqliteDatabase final : public Database, public PageSource {
 public:
  SqliteDatabase(std::unique_ptr<SqliteFile> file, std::unique_ptr<SqliteConnection> writer,
                 std::unique_ptr<SqliteConnection> holder, const LogPolicy& log_policy, int readers,
                 ConnectionPool<SqliteConnection>::Opener open_reader)
      : file_(std::move(file)),
        writer_(std::move(writer), std::move(holder), log_policy, gate_),
        readers_(readers, open_reader),
        aside_(kReadersAside, std::move(open_reader)) {}

  Engine engine() const override { return Engine::kSqlite; }

  const Facts& facts() const override { return kFacts; }

  std::string file() const override { return file_->path(); }

  void EndUpgrade() override { file_->EndUpgrade(); }

  absl::Status Read(absl::Time deadline, absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return outcomes_.OfRead(NoThrow([&]() -> absl::Status {
      ASSIGN_OR_RETURN(const auto reader, readers_.Take(deadline));
      absl::Status status;
      bool ended = true;
      for (int runs = 0; ended && runs < kRunsOfARead; ++runs) {
        ASSIGN_OR_RETURN(const absl::Time start, gate_.Enter(deadline));
        status = NoThrow([&]() -> absl::Status {
          RETURN_IF_ERROR(reader->Begin(deadline, &gate_));
          return fn(*reader);
        });
        ended = !status.ok() && reader->was_ended();
        reader->Rollback();
        if (gate_.Leave(start)) writer_.Wake();
      }
      return status;
    }));
  }

  absl::Status ReadByQuery(absl::Time deadline,
                           absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return Read(deadline, fn);
  }

  absl::Status Write(absl::Time deadline,
                     absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return outcomes_.OfWrite(writer_.Write(SqliteWriter::Turn::kLast, deadline, fn));
  }

  absl::Status WriteAside(absl::Time deadline,
                          absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return outcomes_.OfWrite(writer_.Write(SqliteWriter::Turn::kNext, deadline, fn));
  }

  absl::Status ReadAside(absl::Time deadline,
                         absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return RunAside(deadline, [&](SqliteConnection& reader) { return fn(reader); });
  }

  // The log grows only as long as the disk takes to write the copy, or to read all pages.
  absl::Status CopyTo(const std::string& path, absl::FunctionRef<bool()> go_on) override {
    return RunAside(absl::InfiniteFuture(),
                    [&](SqliteConnection& reader) { return reader.CopyTo(path, go_on); });
  }

  absl::Status CheckPages(absl::FunctionRef<void(absl::string_view)> on_problem,
                          absl::FunctionRef<bool()> go_on) override {
    return RunAside(absl::InfiniteFuture(),
                    [&](SqliteConnection& reader) { return reader.CheckPages(on_problem, go_on); });
  }

  Statistics statistics() const override {
    Statistics statistics = writer_.statistics();
    outcomes_.Tell(statistics);
    const absl::Time oldest = gate_.oldest();
    // The clock may have gone back meanwhile.
    if (oldest < absl::Now()) statistics.oldest_read = absl::Now() - oldest;
    return statistics;
  }

 private:
  absl::Status RunAside(absl::Time deadline,
                        absl::FunctionRef<absl::Status(SqliteConnection&)> fn) {
    return outcomes_.OfRead(NoThrow([&]() -> absl::Status {
      ASSIGN_OR_RETURN(const auto reader, aside_.Take(deadline));
      const absl::Time start = gate_.EnterAside();
      const absl::Status status = NoThrow([&]() -> absl::Status {
        RETURN_IF_ERROR(reader->Begin(deadline));
        return fn(*reader);
      });
      reader->Rollback();
      gate_.Leave(start);
      // What was written meanwhile waits for its checkpoint.
      writer_.Wake();
      return status;
    }));
  }

  // Destroyed from the last to the first: without readers the writer can empty its log, and the
  // file outlives its connections.
  const std::unique_ptr<SqliteFile> file_;
  ReadGate gate_;
  SqliteWriter writer_;
  ConnectionPool<SqliteConnection> readers_;
  ConnectionPool<SqliteConnection> aside_;
  Outcomes outcomes_;
};

// A file that nobody writes to, this process neither.
class StillSqlite final : public Database, public PageSource {
 public:
  StillSqlite(std::unique_ptr<SqliteFile> file, std::unique_ptr<SqliteConnection> connection)
      : file_(std::move(file)), connection_(std::move(connection)) {}

  Engine engine() const override { return Engine::kSqlite; }
  const Facts& facts() const override { return kFacts; }
  std::string file() const override { return file_->path(); }

  absl::Status Read(absl::Time deadline, absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return Run(deadline, [&](SqliteConnection& connection) { return fn(connection); });
  }

  absl::Status ReadByQuery(absl::Time deadline,
                           absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return Read(deadline, fn);
  }

  absl::Status ReadAside(absl::Time deadline,
                         absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return Read(deadline, fn);
  }

  absl::Status Write(absl::Time /*deadline*/,
                     absl::FunctionRef<absl::Status(Connection&)> /*fn*/) override {
    return absl::FailedPreconditionError("the database was opened to look at it");
  }

  absl::Status WriteAside(absl::Time deadline,
                          absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return Write(deadline, fn);
  }

  absl::Status CopyTo(const std::string& path, absl::FunctionRef<bool()> go_on) override {
    return Run(absl::InfiniteFuture(),
               [&](SqliteConnection& connection) { return connection.CopyTo(path, go_on); });
  }

  absl::Status CheckPages(absl::FunctionRef<void(absl::string_view)> on_problem,
                          absl::FunctionRef<bool()> go_on) override {
    CheckLog(file_->path(), on_problem);
    return Run(absl::InfiniteFuture(), [&](SqliteConnection& connection) {
      return connection.CheckPages(on_problem, go_on);
    });
  }

  Statistics statistics() const override { return {}; }

 private:
  absl::Status Run(absl::Time deadline, absl::FunctionRef<absl::Status(SqliteConnection&)> fn) {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(connection_->Begin(deadline));
    const absl::Status status = NoThrow([&] { return fn(*connection_); });
    connection_->Rollback();
    return status;
  }

  const std::unique_ptr<SqliteFile> file_;
  absl::Mutex mutex_;
  const std::unique_ptr<SqliteConnection> connection_ ABSL_PT_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(const std::string& path,
                                                     const Options& options,
                                                     const LogPolicy& log_policy) {
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteFile> file, SqliteFile::Open(path, options.use));
  const auto data_loss = std::make_shared<DataLoss>(options.on_data_loss);
  absl::StatusOr<std::unique_ptr<SqliteConnection>> writer =
      SqliteConnection::Open(*file, SqliteConnection::Access::kWrite, kWriterCacheKib, data_loss);
  if (!writer.ok()) {
    file->Discard();
    return writer.status();
  }
  const int readers = std::max(options.connections, 1);
  const int cache_kib = std::max(kAllReadersCacheKib / readers, kMinReaderCacheKib);
  const auto open_reader =
      [file = file.get(), cache_kib,
       data_loss](absl::Time /*deadline*/) -> absl::StatusOr<std::unique_ptr<SqliteConnection>> {
    RETURN_IF_ERROR(data_loss->Check());
    return SqliteConnection::Open(*file, SqliteConnection::Access::kRead, cache_kib, data_loss);
  };
  ASSIGN_OR_RETURN(
      std::unique_ptr<SqliteConnection> holder,
      SqliteConnection::Open(*file, SqliteConnection::Access::kRead, kHolderCacheKib, data_loss));
  return std::make_unique<SqliteDatabase>(std::move(file), *std::move(writer), std::move(holder),
                                          log_policy, readers, open_reader);
}

absl::StatusOr<std::unique_ptr<Database>> LookAtSqlite(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteFile> file, SqliteFile::Open(path, Use::kLook));
  ASSIGN_OR_RETURN(
      std::unique_ptr<SqliteConnection> connection,
      SqliteConnection::Open(*file, SqliteConnection::Access::kLook, kAllReadersCacheKib,
                             std::make_shared<DataLoss>(nullptr)));
  return std::make_unique<StillSqlite>(std::move(file), std::move(connection));
}

}  // namespace perennial::sql
