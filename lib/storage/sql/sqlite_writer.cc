#include "lib/storage/sql/sqlite_writer.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

namespace perennial::sql {
namespace {

constexpr size_t kMaxBatch = 128;
// Pages of 4 KiB. Each checkpoint waits for the disk twice.
constexpr int kPagesPerCheckpoint = 4000;
// The log starts anew when no reader uses it. Where readers overlap without
// end, the writer waits for them once the log is this long (or SQLite's busy time-out passes).
constexpr int kLongLogPages = 32000;

}  // namespace

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteConnection> connection)
    : connection_(std::move(connection)), thread_([this] { Loop(); }) {}

SqliteWriter::~SqliteWriter() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status SqliteWriter::Write(absl::Time deadline,
                                 absl::FunctionRef<absl::Status(Connection&)> fn) {
  Request request{deadline, fn, absl::OkStatus(), {}};
  {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(&request);
  }
  if (!request.done.WaitForNotificationWithDeadline(deadline)) {
    if (Withdraw(&request)) {
      return absl::DeadlineExceededError("the deadline passed before the write's turn came");
    }
    request.done.WaitForNotification();
  }
  return request.result;
}

Statistics SqliteWriter::statistics() const {
  absl::MutexLock lock(&mutex_);
  Statistics statistics = statistics_;
  statistics.waiting = static_cast<int64_t>(waiting_.size());
  return statistics;
}

void SqliteWriter::Loop() {
  while (Request* const first = WaitForRequest()) {
    RunBatch(first);
    CheckpointWhereDue();
  }
  connection_->Checkpoint(SQLITE_CHECKPOINT_TRUNCATE).IgnoreError();
}

SqliteWriter::Request* SqliteWriter::WaitForRequest() {
  absl::MutexLock lock(&mutex_);
  const auto something = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !waiting_.empty();
  };
  mutex_.Await(absl::Condition(&something));
  return PopRequest();
}

SqliteWriter::Request* SqliteWriter::NextRequest() {
  absl::MutexLock lock(&mutex_);
  return PopRequest();
}

SqliteWriter::Request* SqliteWriter::PopRequest() {
  if (waiting_.empty()) return nullptr;
  Request* const request = waiting_.front();
  waiting_.pop_front();
  return request;
}

bool SqliteWriter::Withdraw(Request* request) {
  absl::MutexLock lock(&mutex_);
  const auto found = std::find(waiting_.begin(), waiting_.end(), request);
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  return true;
}

void SqliteWriter::RunBatch(Request* first) {
  std::vector<Request*> batch;
  int64_t succeeded = 0;
  absl::Status status = connection_->Begin(absl::InfiniteFuture());
  for (Request* request = first; request != nullptr; request = NextRequest()) {
    batch.push_back(request);
    if (status.ok()) RunRequest(*request);
    if (status.ok() && request->result.ok()) ++succeeded;
    if (batch.size() == kMaxBatch) break;
  }
  if (status.ok()) status = connection_->Commit();
  {
    absl::MutexLock lock(&mutex_);
    if (status.ok() && succeeded > 0) {
      ++statistics_.commits;
      statistics_.writes += succeeded;
    }
  }
  for (Request* const request : batch) {
    if (!status.ok()) request->result = status;
    request->done.Notify();
  }
}

void SqliteWriter::RunRequest(Request& request) {
  if (absl::Now() >= request.deadline) {
    request.result =
        absl::DeadlineExceededError("the deadline passed before the write's turn came");
    return;
  }
  connection_->set_deadline(request.deadline);
  request.result = connection_->Savepoint([&] { return request.fn(*connection_); });
}

void SqliteWriter::CheckpointWhereDue() {
  const int pages = connection_->wal_pages();
  // The log started anew.
  if (pages < checkpointed_pages_) checkpointed_pages_ = 0;
  if (pages - checkpointed_pages_ < kPagesPerCheckpoint) return;
  connection_
      ->Checkpoint(pages < kLongLogPages ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART)
      .IgnoreError();
  checkpointed_pages_ = pages;
}

}  // namespace perennial::sql
