#ifndef PERENNIAL_CLIENT_CLI_IMPORT_KNOWN_ROWS_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_KNOWN_ROWS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "client/cli/import/chunk_stream.h"
#include "client/cli/import/file_rows.h"
#include "perennial/client/import_client.h"

namespace perennial::cli {

// Asks which rows the server knows: in several threads, each some rows at a time.
class KnownRows {
 public:
  static constexpr size_t kAskedAtOnce = 1000;

  // All that is given outlives it.
  KnownRows(const client::ImportClient& client, const std::string& origin,
            std::vector<RowKey>& rows)
      : client_(client), origin_(origin), rows_(rows) {}

  // In each thread, until all have been asked for.
  void Ask();

  // Once all threads have ended.
  absl::Status status() {
    absl::MutexLock lock(&mutex_);
    return status_;
  }

 private:
  std::optional<size_t> Take();
  absl::Status Ask(size_t begin, size_t end, ChunkStream& stream);

  const client::ImportClient& client_;
  const std::string& origin_;
  std::vector<RowKey>& rows_;  // each thread has its own of them
  absl::Mutex mutex_;
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_KNOWN_ROWS_H_
