#include "server/jobs/backup_streams.h"

#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/base/no_throw.h"
#include "lib/base/sha256.h"
#include "lib/base/status.h"
#include "lib/storage/backup/backup.h"
#include "lib/storage/time_line.h"
#include "perennial/v1/admin_service.pb.h"

namespace perennial {
namespace {

constexpr size_t kPiece = 256 << 10;
// Of the thread: whoever calls goes first.
constexpr int kNiceness = 10;

absl::Status Cancelled() { return absl::CancelledError("The caller cancelled the call"); }

absl::Status Stopping() {
  return RetryLater(absl::StatusCode::kUnavailable, v1::SERVER_UNAVAILABLE,
                    "The server is stopping: ask for the backup again", absl::Seconds(1));
}

absl::Status TooSlow(absl::Duration patience) {
  return MakeError(absl::StatusCode::kDeadlineExceeded, v1::DEADLINE_PASSED,
                   absl::StrCat("The caller took nothing of the backup for ",
                                absl::FormatDuration(patience), ": ask for it again"));
}

absl::Status ToApiError(const absl::Status& status) {
  if (status.ok() || ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) return status;
  if (absl::IsResourceExhausted(status)) {
    return RetryLater(status.code(), v1::OVERLOADED, status.message(), absl::Minutes(1));
  }
  if (absl::IsUnavailable(status)) {
    return RetryLater(status.code(), v1::SERVER_UNAVAILABLE, status.message(), absl::Seconds(1));
  }
  if (absl::IsDataLoss(status)) {
    return MakeError(status.code(), v1::DATA_DAMAGED,
                     "The database is damaged, and a copy of it too: `perenniald verify` names "
                     "what is, and an older backup may hold it");
  }
  return status;
}

v1::BackupResponse InfoOf(const BackupFile& file) {
  v1::BackupResponse response;
  v1::BackupInfo& info = *response.mutable_info();
  info.set_size_bytes(file.size());
  info.set_time_line(TimeLineText(file.info().history_id));
  info.set_revision(file.info().revision);
  *info.mutable_create_time() = TimestampFromMicros(absl::ToUnixMicros(file.info().create_time));
  info.set_schema_version(file.info().schema_version);
  info.set_engine(file.info().engine);
  return response;
}

v1::BackupResponse SummaryOf(const BackupFile& file, std::string sha256) {
  v1::BackupResponse response;
  v1::BackupSummary& summary = *response.mutable_summary();
  summary.set_sha256(std::move(sha256));
  summary.set_size_bytes(file.size());
  for (const auto& [table, tally] : file.info().tables) {
    (*summary.mutable_row_counts())[table] = tally.rows;
  }
  return response;
}

}  // namespace

// One backup: what its thread and its call share.
class BackupRun {
 public:
  BackupRun(Store& store, const std::string& prefix, absl::Duration patience,
            ResponseWriter& writer)
      : store_(store), prefix_(prefix), patience_(patience), writer_(writer) {}

  // On the thread of its own.
  void Run() {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
    const absl::Status status = ToApiError(NoThrow([this] { return Stream(); }));
    End(status.ok() || WhyEnd().ok() ? status : WhyEnd());
  }

  // Once, and not while something is written.
  void End(const absl::Status& status) {
    writer_.End(status);
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  bool ended() {
    absl::MutexLock lock(&mutex_);
    return ended_;
  }

  // What ends it before its time.
  void Break(const absl::Status& why) {
    absl::MutexLock lock(&mutex_);
    if (why_end_.ok()) why_end_ = why;
  }
  absl::Status WhyEnd() {
    absl::MutexLock lock(&mutex_);
    return why_end_;
  }

  void OnWritten(bool ok) {
    absl::MutexLock lock(&mutex_);
    if (!ok && why_end_.ok()) why_end_ = Cancelled();
    writing_ = false;
  }

 private:
  absl::Status Stream() {
    ASSIGN_OR_RETURN(const std::unique_ptr<BackupFile> file,
                     MakeBackup(store_, prefix_, [this] { return WhyEnd().ok(); }));
    RETURN_IF_ERROR(Send(InfoOf(*file)));
    Sha256 hash;
    while (true) {
      v1::BackupResponse response;
      ASSIGN_OR_RETURN(*response.mutable_data(), file->Read(kPiece));
      if (response.data().empty()) break;
      hash.Update(response.data());
      RETURN_IF_ERROR(Send(response));
    }
    return Send(SummaryOf(*file, hash.Finish()));
  }

  // Returns when it has left, so that a slow reader is waited for here and nowhere else; not for
  // long: it keeps others from their backups, and the disk from its room.
  absl::Status Send(const v1::BackupResponse& response) {
    RETURN_IF_ERROR(WhyEnd());
    {
      absl::MutexLock lock(&mutex_);
      writing_ = true;
    }
    writer_.Write(response.SerializeAsString());
    if (!AwaitWritten(patience_)) {
      Break(TooSlow(patience_));
      writer_.Cancel();
      AwaitWritten(absl::InfiniteDuration());
    }
    return WhyEnd();
  }

  bool AwaitWritten(absl::Duration timeout) {
    absl::MutexLock lock(&mutex_);
    const auto written = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !writing_; };
    return mutex_.AwaitWithTimeout(absl::Condition(&written), timeout);
  }

  Store& store_;
  const std::string& prefix_;
  const absl::Duration patience_;
  ResponseWriter& writer_;
  absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status why_end_ ABSL_GUARDED_BY(mutex_);
};

// What gRPC's side holds of a backup.
class BackupStream final : public ResponseStream {
 public:
  BackupStream(BackupStreams& streams, std::shared_ptr<BackupRun> run)
      : streams_(streams), run_(std::move(run)) {}

  void Start() override {
    {
      absl::MutexLock lock(&mutex_);
      // It was cancelled before, and has ended.
      if (std::exchange(started_, true)) return;
    }
    streams_.Start(run_);
  }
  void OnWritten(bool ok) override { run_->OnWritten(ok); }
  void OnCancelled() override {
    const std::shared_ptr<BackupRun> run = run_;
    run->Break(Cancelled());
    {
      absl::MutexLock lock(&mutex_);
      // Its thread ends it, or somebody else has.
      if (std::exchange(started_, true)) return;
    }
    run->End(Cancelled());
  }

 private:
  BackupStreams& streams_;
  const std::shared_ptr<BackupRun> run_;
  absl::Mutex mutex_;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;
};

BackupStreams::BackupStreams(Store& store, std::string prefix, absl::Duration patience)
    : store_(store), prefix_(std::move(prefix)), patience_(patience) {}

BackupStreams::~BackupStreams() {
  Stop();
  absl::MutexLock lock(&mutex_);
  for (Running& each : running_) each.thread.join();
}

std::unique_ptr<ResponseStream> BackupStreams::Open(ResponseWriter& writer) {
  return std::make_unique<BackupStream>(
      *this, std::make_shared<BackupRun>(store_, prefix_, patience_, writer));
}

void BackupStreams::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  for (const Running& each : running_) each.run->Break(Stopping());
}

void BackupStreams::Start(std::shared_ptr<BackupRun> run) {
  absl::Status refused;
  {
    absl::MutexLock lock(&mutex_);
    for (auto each = running_.begin(); each != running_.end();) {
      if (!each->run->ended()) {
        ++each;
        continue;
      }
      each->thread.join();
      each = running_.erase(each);
    }
    if (stopping_) {
      refused = Stopping();
    } else if (running_.size() == kMostAtOnce) {
      refused = RetryLater(absl::StatusCode::kResourceExhausted, v1::OVERLOADED,
                           "The server makes as many backups as it can at once already",
                           absl::Seconds(30));
    } else {
      running_.push_back({run, std::thread([run] { run->Run(); })});
    }
  }
  if (!refused.ok()) run->End(refused);
}

}  // namespace perennial
