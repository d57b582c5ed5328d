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

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteConnection> connection,
                           std::unique_ptr<SqliteConnection> holder, const LogPolicy& policy,
                           ReadGate& gate)
    : connection_(std::move(connection)),
      holder_(std::move(holder)),
      policy_(policy),
      gate_(gate),
      next_try_pages_(policy.long_pages),
      write_out_([this] { connection_->WriteOut(); }, [this] { Wake(); }),
      thread_([this] { Loop(); }) {}

SqliteWriter::~SqliteWriter() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status SqliteWriter::Write(Turn turn, absl::Time deadline,
                                 absl::FunctionRef<absl::Status(Connection&)> fn) {
  Request request{deadline, fn, absl::OkStatus(), false, {}};
  {
    absl::MutexLock lock(&mutex_);
    waiting_.insert(turn == Turn::kNext ? waiting_.begin() : waiting_.end(), &request);
  }
  if (!request.done.WaitForNotificationWithDeadline(deadline)) {
    if (Withdraw(&request)) {
      return absl::DeadlineExceededError("the deadline passed before the write's turn came");
    }
    request.done.WaitForNotification();
  }
  return request.result;
}

void SqliteWriter::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
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
  holder_->Rollback();
  connection_->Checkpoint(SQLITE_CHECKPOINT_TRUNCATE).IgnoreError();
}

bool SqliteWriter::WaitForWork() {
  absl::MutexLock lock(&mutex_);
  const auto something = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || woken_ || !waiting_.empty();
  };
  mutex_.AwaitWithTimeout(absl::Condition(&something),
                          stage_ == Stage::kHeld ? policy_.quiet : kFileCheckPeriod);
  woken_ = false;
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
  if (!std::exchange(has_written_, true)) Renumber();
  std::vector<Request*> batch;
  absl::Status status = connection_->Begin(absl::InfiniteFuture());
  bool is_empty = true;
  for (Request* request = first; request != nullptr; request = NextRequest()) {
    batch.push_back(request);
    if (status.ok()) status = RunRequest(*request, is_empty);
    if (batch.size() == kMaxBatch) break;
  }
  // SQLite commits nothing more in a transaction that met damage.
  while (status.ok() && connection_->met_damage()) {
    connection_->Rollback();
    status = connection_->Begin(absl::InfiniteFuture());
    is_empty = true;
    for (Request* const request : batch) {
      if (status.ok() && !request->damaged) status = RunRequest(*request, is_empty);
    }
  }
  if (status.ok()) status = connection_->Commit();
  const int64_t succeeded = std::count_if(
      batch.begin(), batch.end(), [](const Request* request) { return request->result.ok(); });
  {
    absl::MutexLock lock(&mutex_);
    if (status.ok() && succeeded > 0) ++statistics_.commits;
    statistics_.log_pages = connection_->log_pages();
    statistics_.log_pages_copied = connection_->copied_pages();
  }
  for (Request* const request : batch) {
    if (!status.ok()) request->result = status;
    request->done.Notify();
  }
}

absl::Status SqliteWriter::RunRequest(Request& request, bool& is_empty) {
  if (absl::Now() >= request.deadline) {
    request.result =
        absl::DeadlineExceededError("the deadline passed before the write's turn came");
    return absl::OkStatus();
  }
  connection_->set_deadline(request.deadline);
  const bool met_damage = connection_->met_damage();
  const auto run = [&] { return request.fn(*connection_); };
  request.result = is_empty ? connection_->RunFirst(run) : connection_->Savepoint(run);
  // Whatever it made of it: what it has written cannot be kept.
  request.damaged = !met_damage && connection_->met_damage();
  if (request.damaged) request.result.Update(Damage());
  if (request.result.ok()) is_empty = false;
  if (!is_empty) return absl::OkStatus();
  connection_->Rollback();
  return connection_->Begin(absl::InfiniteFuture());
}

void SqliteWriter::CheckpointWhereDue() {
  const int pages = connection_->log_pages();
  if (pages < checkpointed_pages_) {  // The log started anew.
    checkpointed_pages_ = 0;
    next_try_pages_ = policy_.long_pages;
    gate_.Open();
  }
  LimitReads();
  if (pages >= next_try_pages_) AskForRoom(pages);
  const bool alone = gate_.KeepEmpty(policy_.patience);
  const bool longer = pages - checkpointed_pages_ >= policy_.pages_per_checkpoint;
  const bool due = alone || stage_ != Stage::kNone || (longer && gate_.oldest() != held_up_by_);
  if (due && IsPrepared(pages)) {
    LetGo();
    Checkpoint();
  }
  // Reads now use the database alone, until the next write has begun the log anew; or they may be
  // there while it is prepared for that.
  if (alone) gate_.Open();
}

void SqliteWriter::LimitReads() {
  const int pages = connection_->log_pages();
  // No read is in the way of a log that is copied nearly to its end, however long it is.
  const bool is_copied = pages - connection_->copied_pages() < policy_.pages_per_checkpoint;
  gate_.set_longest_read(is_copied ? absl::InfiniteDuration() : policy_.LongestRead(pages));
}

void SqliteWriter::AskForRoom(int pages) {
  // Until a checkpoint is prepared it would be too long for those who wait.
  if (stage_ != Stage::kNone) return;
  next_try_pages_ = pages + policy_.pages_between_tries;
  gate_.Close(policy_.patience);
}

bool SqliteWriter::IsShort(int pages) const {
  return pages - connection_->copied_pages() + unwritten_pages_ <= policy_.PagesToSync(pages);
}

bool SqliteWriter::IsPrepared(int pages) {
  switch (stage_) {
    case Stage::kNone:
      return IsShort(pages) || !Hold(pages);
    case Stage::kHeld:
      if (pages == held_pages_) return absl::Now() - held_since_ >= policy_.quiet;
      Checkpoint();
      unwritten_pages_ = 0;
      stage_ = Stage::kWritingOut;
      write_out_.Start();
      return false;
    case Stage::kWritingOut:
      if (write_out_.running()) return false;
      next_try_pages_ = std::min(next_try_pages_, std::max(pages, policy_.long_pages));
      // Reads that have ended meanwhile may have left much to copy.
      if (IsShort(pages)) return true;
      LetGo();
      return false;
  }
  return true;
}

bool SqliteWriter::Hold(int pages) {
  if (!holder_->Hold().ok()) return false;
  held_pages_ = pages;
  held_since_ = absl::Now();
  stage_ = Stage::kHeld;
  return true;
}

void SqliteWriter::LetGo() {
  holder_->Rollback();
  stage_ = Stage::kNone;
}

void SqliteWriter::Renumber() {
  if (!connection_->Renumber().ok()) return;
  // A page, for which alone the log may have begun anew; at first also what a process that was
  // killed has left.
  connection_->Checkpoint(SQLITE_CHECKPOINT_PASSIVE).IgnoreError();
  if (connection_->log_pages() < checkpointed_pages_) next_try_pages_ = policy_.long_pages;
  checkpointed_pages_ = connection_->log_pages();
}

void SqliteWriter::Checkpoint() {
  const int copied_before = connection_->copied_pages();
  const absl::Time oldest = gate_.oldest();
  const absl::Time start = absl::Now();
  connection_->Checkpoint(SQLITE_CHECKPOINT_PASSIVE).IgnoreError();
  checkpointed_pages_ = connection_->log_pages();
  const int copied = connection_->copied_pages();
  const bool to_the_end = copied == checkpointed_pages_;
  const int unwritten = unwritten_pages_ + std::max(copied - copied_before, 0);
  unwritten_pages_ = to_the_end ? 0 : unwritten;
  held_up_by_ = to_the_end || oldest == absl::InfiniteFuture() ? absl::InfinitePast() : oldest;
  // All of the log is in the file: the next write may begin it anew.
  if (to_the_end) Renumber();
  const absl::Time end = absl::Now();
  LimitReads();
  absl::MutexLock lock(&mutex_);
  statistics_.log_pages_copied = copied;
  if (to_the_end) {
    statistics_.most_pages_synced = std::max<int64_t>(statistics_.most_pages_synced, unwritten);
  }
  ++statistics_.checkpoints;
  statistics_.checkpoint_time += end - start;
  statistics_.longest_checkpoint = std::max(statistics_.longest_checkpoint, end - start);
  if (waiting_.empty()) return;
  statistics_.longest_checkpoint_wait =
      std::max(statistics_.longest_checkpoint_wait, end - std::max(waiting_.front()->asked, start));
}

}  // namespace perennial::sql
