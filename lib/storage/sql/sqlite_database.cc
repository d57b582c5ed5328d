#include "lib/storage/sql/sqlite_database.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/storage/sql/connection_pool.h"
#include "lib/storage/sql/sqlite_connection.h"
#include "lib/storage/sql/sqlite_writer.h"

namespace perennial::sql {
namespace {

// Page caches. What they miss is mostly in the system's own cache.
constexpr int kWriterCacheKib = 12 * 1024;
constexpr int kAllReadersCacheKib = 16 * 1024;
constexpr int kMinReaderCacheKib = 1024;

// Held as long as the object lives, and given up by the system when the process dies.
class FileLock {
 public:
  static absl::StatusOr<std::unique_ptr<FileLock>> Take(const std::string& path) {
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return Unusable();
    std::unique_ptr<FileLock> lock(new FileLock(file));
    if (flock(file, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) return Unusable();
    return absl::FailedPreconditionError("another process has the SQLite file open");
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() { close(file_); }

 private:
  explicit FileLock(int file) : file_(file) {}

  static absl::Status Unusable() {
    return absl::InvalidArgumentError(
        absl::StrCat("the SQLite file's folder cannot be used: ", std::strerror(errno)));
  }

  const int file_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::unique_ptr<FileLock> lock, std::unique_ptr<SqliteConnection> writer,
                 const LogPolicy& log_policy, int readers,
                 ConnectionPool<SqliteConnection>::Opener open_reader)
      : lock_(std::move(lock)),
        gate_(log_policy.max_read_age),
        writer_(std::move(writer), log_policy, gate_),
        readers_(readers, std::move(open_reader)) {}

  Engine engine() const override { return Engine::kSqlite; }

  absl::Status Read(absl::Time deadline, absl::FunctionRef<absl::Status(Connection&)> fn) override {
    ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> reader, readers_.Take(deadline));
    absl::Status status = gate_.Enter(deadline);
    if (status.ok()) {
      status = reader->Begin(deadline, &gate_);
      if (status.ok()) status = fn(*reader);
      reader->Rollback();
      if (gate_.Leave()) writer_.OnDrained();
    }
    readers_.Return(std::move(reader));
    return status;
  }

  absl::Status Write(absl::Time deadline,
                     absl::FunctionRef<absl::Status(Connection&)> fn) override {
    return writer_.Write(deadline, fn);
  }

  Statistics statistics() const override { return writer_.statistics(); }

 private:
  // Destroyed from the last to the first: without readers the writer can empty its log.
  const std::unique_ptr<FileLock> lock_;
  ReadGate gate_;
  SqliteWriter writer_;
  ConnectionPool<SqliteConnection> readers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(const std::string& path,
                                                     const Options& options,
                                                     const LogPolicy& log_policy) {
  std::error_code error;
  // An absolute path stays the same file, and is never taken for a special name (":memory:").
  const std::string absolute_path = std::filesystem::absolute(path, error).string();
  if (error) return absl::InvalidArgumentError("the SQLite file's path cannot be used");
  ASSIGN_OR_RETURN(std::unique_ptr<FileLock> lock,
                   FileLock::Take(absl::StrCat(absolute_path, ".lock")));
  const auto data_loss = std::make_shared<DataLoss>(options.on_data_loss);
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> writer,
                   SqliteConnection::Open(absolute_path, SqliteConnection::Access::kWrite,
                                          kWriterCacheKib, data_loss));
  const int readers = std::max(options.connections, 1);
  const int cache_kib = std::max(kAllReadersCacheKib / readers, kMinReaderCacheKib);
  const auto open_reader = [absolute_path, cache_kib, data_loss](absl::Time /*deadline*/) {
    return SqliteConnection::Open(absolute_path, SqliteConnection::Access::kRead, cache_kib,
                                  data_loss);
  };
  return std::make_unique<SqliteDatabase>(std::move(lock), std::move(writer), log_policy, readers,
                                          open_reader);
}

}  // namespace perennial::sql
