#include "lib/storage/sql/sqlite_writer.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "lib/storage/sql/damage.h"

namespace perennial::sql {
namespace {

constexpr size_t kMaxBatch = 128;
// How soon those who only read learn that the file is gone.
constexpr absl::Duration kFileCheckPeriod = absl::Seconds(1);

}  // namespace

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteConnection> connection, const LogPolicy& policy,
                           ReadGate& gate)
    : connection_(std::move(connection)),
      policy_(policy),
      gate_(gate),
      next_try_pages_(policy.long_pages),
      thread_([this] { Loop(); }) {}

SqliteWriter::~SqliteWriter() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status SqliteWriter::Write(absl::Time deadline,
                                 absl::FunctionRef<absl::Status(Connection&)> fn) {
  Request request{deadline, fn, absl::OkStatus(), false, {}};
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

void SqliteWriter::OnDrained() {
  absl::MutexLock lock(&mutex_);
  drained_ = true;
}

Statistics SqliteWriter::statistics() const {
  absl::MutexLock lock(&mutex_);
  Statistics statistics = statistics_;
  statistics.waiting = static_cast<int64_t>(waiting_.size());
  return statistics;
}

void SqliteWriter::Loop() {
  while (WaitForWork()) {
    if (Request* const first = NextRequest()) {
      RunBatch(first);
    } else {
      connection_->CheckFile().IgnoreError();
    }
    CheckpointWhereDue();
  }
  connection_->Checkpoint(SQLITE_CHECKPOINT_TRUNCATE).IgnoreError();
}

bool SqliteWriter::WaitForWork() {
  absl::MutexLock lock(&mutex_);
  const auto something = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || drained_ || !waiting_.empty();
  };
  mutex_.AwaitWithTimeout(absl::Condition(&something), kFileCheckPeriod);
  drained_ = false;
  return !stopping_ || !waiting_.empty();
}

SqliteWriter::Request* SqliteWriter::NextRequest() {
  absl::MutexLock lock(&mutex_);
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
  absl::Status status = connection_->Begin(absl::InfiniteFuture());
  for (Request* request = first; request != nullptr; request = NextRequest()) {
    batch.push_back(request);
    if (status.ok()) RunRequest(*request);
    if (batch.size() == kMaxBatch) break;
  }
  // SQLite commits nothing more in a transaction that met damage.
  while (status.ok() && connection_->met_damage()) {
    connection_->Rollback();
    status = connection_->Begin(absl::InfiniteFuture());
    for (Request* const request : batch) {
      if (status.ok() && !request->damaged) RunRequest(*request);
    }
  }
  if (status.ok()) status = connection_->Commit();
  const int64_t succeeded = std::count_if(
      batch.begin(), batch.end(), [](const Request* request) { return request->result.ok(); });
  {
    absl::MutexLock lock(&mutex_);
    if (status.ok() && succeeded > 0) {
      ++statistics_.commits;
      statistics_.writes += succeeded;
    }
    statistics_.log_pages = connection_->log_pages();
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
  const bool met_damage = connection_->met_damage();
  request.result = connection_->Savepoint([&] { return request.fn(*connection_); });
  // Whatever it made of it: what it has written cannot be kept.
  request.damaged = !met_damage && connection_->met_damage();
  if (request.damaged) request.result.Update(Damage());
}

void SqliteWriter::CheckpointWhereDue() {
  const int pages = connection_->log_pages();
  if (pages < checkpointed_pages_) {  // The log started anew.
    checkpointed_pages_ = 0;
    next_try_pages_ = policy_.long_pages;
  }
  if (gate_.KeepEmpty()) {
    Checkpoint();
    // Reads now use the database alone, until the next write has begun the log anew.
    gate_.Open();
  } else if (pages - checkpointed_pages_ >= policy_.pages_per_checkpoint) {
    Checkpoint();
  }
  if (pages < next_try_pages_) return;
  next_try_pages_ = pages + policy_.pages_between_tries;
  if (pages < policy_.too_long_pages) {
    gate_.Close(policy_.patience);
  } else {
    gate_.Force();
  }
}

void SqliteWriter::Checkpoint() {
  const absl::Time start = absl::Now();
  connection_->Checkpoint(SQLITE_CHECKPOINT_PASSIVE).IgnoreError();
  const absl::Duration taken = absl::Now() - start;
  checkpointed_pages_ = connection_->log_pages();
  absl::MutexLock lock(&mutex_);
  ++statistics_.checkpoints;
  statistics_.longest_checkpoint = std::max(statistics_.longest_checkpoint, taken);
}

}  // namespace perennial::sql
