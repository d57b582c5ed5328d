#ifndef PERENNIAL_SERVER_JOBS_BACKUP_STREAMS_H_
#define PERENNIAL_SERVER_JOBS_BACKUP_STREAMS_H_

#include <list>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/storage/store.h"
#include "server/methods/response_stream.h"

namespace perennial {

class BackupRun;

// Makes backups and streams them, each on a thread of its own: however long that takes, no worker
// waits for it. Thread-safe.
class BackupStreams {
 public:
  // More at once are refused: each needs the disk's room for a copy.
  static constexpr int kMostAtOnce = 2;

  // The copies are made as files that begin with `prefix`, and have no name once they are made. A
  // caller who takes nothing for `patience` is waited for no longer.
  BackupStreams(Store& store, std::string prefix, absl::Duration patience = absl::Minutes(1));
  BackupStreams(const BackupStreams&) = delete;
  BackupStreams& operator=(const BackupStreams&) = delete;
  // No stream is open any more.
  ~BackupStreams();

  // The responses of AdminService.Backup. `writer` lives until its End.
  std::unique_ptr<ResponseStream> Open(ResponseWriter& writer);

  // Ends every stream with UNAVAILABLE as soon as what is written to it has left.
  void Stop();

 private:
  friend class BackupStream;
  void Start(std::shared_ptr<BackupRun> run);

  Store& store_;
  const std::string prefix_;
  const absl::Duration patience_;
  struct Running {
    std::shared_ptr<BackupRun> run;
    std::thread thread;
  };
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::list<Running> running_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_JOBS_BACKUP_STREAMS_H_
