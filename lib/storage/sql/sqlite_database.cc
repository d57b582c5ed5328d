#include "lib/storage/sql/sqlite_database.h"

#include <algorithm>
#include <utility>

#include "lib/base/status.h"
#include "lib/storage/sql/connection_pool.h"
#include "lib/storage/sql/no_throw.h"
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

class SqliteDatabase final : public Database, public PageSource {
 public:
  SqliteDatabase(std::unique_ptr<SqliteFile> file, std::unique_ptr<SqliteConnection> writer,
                 std::unique_ptr<SqliteConnection> holder, const LogPolicy& log_policy, int readers,
                 ConnectionPool<SqliteConnection>::Opener open_reader)
      : file_(std::move(file)),
        gate_(log_policy.max_read_age),
        writer_(std::move(writer), std::move(holder), log_policy, gate_),
        open_reader_(open_reader),
        readers_(readers, std::move(open_reader)) {}

  Engine engine() const override { return Engine::kSqlite; }

  const Facts& facts() const override {
    // One process, and in it one writer.
    static constexpr Facts kFacts = {/*others_may_write=*/false,
                                     /*commit_answer_may_be_lost=*/false,
                                     /*reads_hold_rows=*/true,
                                     /*shared_lock=*/"",
                                     /*exclusive_lock=*/""};
    return kFacts;
  }

  absl::Status Read(absl::Time deadline, absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return NoThrow([&]() -> absl::Status {
      ASSIGN_OR_RETURN(const auto reader, readers_.Take(deadline));
      RETURN_IF_ERROR(gate_.Enter(deadline));
      const absl::Status status = NoThrow([&]() -> absl::Status {
        RETURN_IF_ERROR(reader->Begin(deadline, &gate_));
        return fn(*reader);
      });
      reader->Rollback();
      if (gate_.Leave()) writer_.Wake();
      return status;
    });
  }

  absl::Status Write(absl::Time deadline,
                     absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return writer_.Write(deadline, fn);
  }

  // Beside the gate: new reads are not to wait for the copy, and the log grows only as long as the
  // disk takes to write it.
  absl::Status CopyTo(const std::string& path, absl::FunctionRef<bool()> go_on) override {
    ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> reader,
                     open_reader_(absl::InfiniteFuture()));
    RETURN_IF_ERROR(reader->Begin(absl::InfiniteFuture()));
    const absl::Status status = reader->CopyTo(path, go_on);
    reader->Rollback();
    return status;
  }

  Statistics statistics() const override { return writer_.statistics(); }

 private:
  // Destroyed from the last to the first: without readers the writer can empty its log, and the
  // file outlives its connections.
  const std::unique_ptr<SqliteFile> file_;
  ReadGate gate_;
  SqliteWriter writer_;
  const ConnectionPool<SqliteConnection>::Opener open_reader_;
  ConnectionPool<SqliteConnection> readers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(const std::string& path,
                                                     const Options& options,
                                                     const LogPolicy& log_policy) {
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteFile> file, SqliteFile::Open(path));
  const auto data_loss = std::make_shared<DataLoss>(options.on_data_loss);
  ASSIGN_OR_RETURN(
      std::unique_ptr<SqliteConnection> writer,
      SqliteConnection::Open(*file, SqliteConnection::Access::kWrite, kWriterCacheKib, data_loss));
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
  return std::make_unique<SqliteDatabase>(std::move(file), std::move(writer), std::move(holder),
                                          log_policy, readers, open_reader);
}

}  // namespace perennial::sql
