#include "lib/storage/store.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "lib/api/errors.h"
#include "lib/base/ids.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"
#include "lib/storage/requests.h"
#include "lib/storage/sql/damage.h"
#include "lib/storage/versions.h"

namespace perennial {

namespace {

constexpr int kNumberedAtOnce = 500;
constexpr int kForgottenAtOnce = 1000;
constexpr absl::Duration kFollowPeriod = absl::Seconds(1);

// A conflict between writers, as opposed to an ABORTED of the API.
bool IsConflict(const absl::Status& status) {
  return absl::IsAborted(status) && ReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED;
}

absl::Status ToApiError(const absl::Status& status) {
  if (status.ok() || ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) return status;
  if (sql::IsDamage(status)) return DataDamaged("");
  switch (status.code()) {
    case absl::StatusCode::kAborted:
      return WriteConflict();
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDataLoss:
      return RetryLater(absl::StatusCode::kUnavailable, v1::SERVER_UNAVAILABLE,
                        "The database cannot be reached", absl::Seconds(1));
    case absl::StatusCode::kDeadlineExceeded:
      return MakeError(status.code(), v1::DEADLINE_PASSED,
                       absl::StrCat("The database had not answered in time: ", status.message()));
    case absl::StatusCode::kResourceExhausted:
      return RetryLater(status.code(), v1::DATABASE_FULL,
                        "The database's disk is full: it takes no writes", absl::Seconds(10));
    default:
      return status;  // The rpc layer hides it behind an id.
  }
}

absl::Status CheckStop(const Call& call) {
  const bool stopped = call.stop != nullptr && call.stop->HasBeenNotified();
  return stopped ? absl::CancelledError("stopped") : absl::OkStatus();
}

void SleepBeforeRetry(int attempt) {
  thread_local absl::BitGen random;
  absl::SleepFor(absl::Milliseconds(absl::Uniform(random, 1, 2 << std::min(attempt, 6))));
}

}  // namespace

absl::Status Store::Read(const Call& call, absl::FunctionRef<absl::Status(ReadTx&)> fn) {
  RETURN_IF_ERROR(CheckStop(call));
  const uint64_t summaries_read = summaries_.BeginRead();
  return ToApiError(database_->Read(call.deadline, [&](sql::Connection& connection) {
    RETURN_IF_ERROR(FollowHistory(connection));
    ReadTx tx(connection, call, Time(), Summaries(), summaries_read);
    return fn(tx);
  }));
}

absl::Status Store::ReadByQuery(const Call& call, absl::FunctionRef<absl::Status(ReadTx&)> fn) {
  RETURN_IF_ERROR(CheckStop(call));
  const uint64_t summaries_read = summaries_.BeginRead();
  return ToApiError(database_->ReadByQuery(call.deadline, [&](sql::Connection& connection) {
    RETURN_IF_ERROR(FollowHistory(connection));
    ReadTx tx(connection, call, Time(), Summaries(), summaries_read);
    return fn(tx);
  }));
}

absl::StatusOr<std::string> Store::Write(
    const Call& caller, absl::FunctionRef<absl::StatusOr<std::string>(WriteTx&)> fn) {
  const uint64_t time_line = time_line_;
  if (caller.time_line != 0 && caller.time_line != time_line) {
    return TimeLineChanged("The call was prepared");
  }
  Call call = caller;
  // Where a COMMIT's answer is lost, the request's row tells whether it was done.
  const bool keep_answer = !call.validate_only && (!call.request_id.empty() ||
                                                   database_->facts().commit_answer_may_be_lost);
  std::string request_id = call.request_id.empty() ? NewRequestId() : call.request_id;
  std::string response;
  int64_t revision = 0;
  std::set<std::string> wanted_accounts;
  SummaryCache::Writing summaries(summaries_);
  const auto run = [&](sql::Connection& connection) -> absl::Status {
    response.clear();
    RETURN_IF_ERROR(FollowHistory(connection));
    revision = 0;
    const TxTime time = Time();
    if (keep_answer) {
      ASSIGN_OR_RETURN(std::optional<std::string> answer,
                       BeginRequest(connection, call, request_id, time_line, time.now));
      if (answer.has_value()) {
        response = *std::move(answer);
        return absl::OkStatus();
      }
    }
    WriteTx tx(connection, database_->facts(), call, time, consequences_, wanted_accounts);
    RETURN_IF_ERROR(tx.Begin());
    ASSIGN_OR_RETURN(response, fn(tx));
    RETURN_IF_ERROR(tx.Settle());
    if (call.validate_only) return absl::CancelledError("validate_only");
    ASSIGN_OR_RETURN(revision, tx.Flush());
    summaries.Begin(tx.written_summaries());
    return keep_answer ? FinishRequest(connection, call, request_id, response) : absl::OkStatus();
  };
  for (int attempt = 0;; ++attempt) {
    RETURN_IF_ERROR(CheckStop(call));
    const absl::Status status = database_->Write(call.deadline, run);
    summaries.End();
    if (status.ok()) {
      on_revision_(revision);
      on_commit_();
    }
    if (status.ok() || (call.validate_only && absl::IsCancelled(status))) return response;
    if (!IsConflict(status) || absl::Now() >= call.deadline) return ToApiError(status);
    SleepBeforeRetry(attempt);
  }
}

SummaryCache* Store::Summaries() {
  return database_->facts().others_may_write ? nullptr : &summaries_;
}

TxTime Store::Time() {
  const absl::Time now = clock_.Now();
  return {now, history_time_.Raise(now)};
}

absl::StatusOr<ManualTime> Store::FollowManualTime(ManualClock& clock) {
  manual_clock_ = &clock;
  ManualTime stands;
  RETURN_IF_ERROR(
      database_->Write(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(stands, ReadManualTime(connection));
        if (stands.time >= clock.Now()) return absl::OkStatus();
        stands = {clock.Now(), true};
        return WriteManualTime(stands, connection);
      }));
  clock.Raise(stands.time);
  return stands;
}

absl::StatusOr<ManualTime> Store::GetManualTime(absl::Time deadline) {
  ManualTime stands;
  RETURN_IF_ERROR(
      ToApiError(database_->Read(deadline, [&](sql::Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(stands, ReadManualTime(connection));
        return absl::OkStatus();
      })));
  manual_clock_->Raise(stands.time);
  return stands;
}

absl::StatusOr<ManualTime> Store::MoveManualTime(const ManualTime& to, absl::Time deadline) {
  ManualTime stands;
  RETURN_IF_ERROR(
      ToApiError(database_->Write(deadline, [&](sql::Connection& connection) -> absl::Status {
        RETURN_IF_ERROR(WriteManualTime(to, connection));
        ASSIGN_OR_RETURN(stands, ReadManualTime(connection));
        return absl::OkStatus();
      })));
  manual_clock_->Raise(stands.time);
  return stands;
}

absl::Status Store::FollowHistory(sql::Connection& connection) {
  if (manual_clock_ != nullptr && database_->facts().others_may_write) {
    ASSIGN_OR_RETURN(const ManualTime stands, ReadManualTime(connection));
    manual_clock_->Raise(stands.time);
  }
  const int64_t now =
      std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  const int64_t before = followed_nanos_;
  if (before != 0 && now - before < absl::ToInt64Nanoseconds(kFollowPeriod)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const LatestChange latest, ReadLatestChange(connection));
  clock_.Raise(latest.time);
  history_time_.Raise(latest.time);
  RaiseVersions(latest.version);
  followed_nanos_ = now;
  return absl::OkStatus();
}

absl::Status Store::Apply(const Call& call, absl::FunctionRef<absl::Status(WriteTx&)> fn) {
  return Write(call,
               [&](WriteTx& tx) -> absl::StatusOr<std::string> {
                 RETURN_IF_ERROR(fn(tx));
                 return std::string();
               })
      .status();
}

absl::Status Store::NumberPendingChanges(absl::Time deadline) {
  if (!database_->facts().others_may_write) return absl::OkStatus();
  int numbered = kNumberedAtOnce;
  while (numbered == kNumberedAtOnce) {
    RETURN_IF_ERROR(ToApiError(database_->Write(deadline, [&](sql::Connection& connection) {
      const auto count = NumberChanges(connection, kNumberedAtOnce);
      numbered = count.ok() ? *count : 0;
      return count.status();
    })));
  }
  return absl::OkStatus();
}

absl::Status Store::ForgetRequestsBefore(absl::Time time, absl::Time deadline) {
  int64_t forgotten = kForgottenAtOnce;
  while (forgotten == kForgottenAtOnce) {
    RETURN_IF_ERROR(ToApiError(database_->Write(deadline, [&](sql::Connection& connection) {
      const auto count = ForgetRequests(connection, time, kForgottenAtOnce);
      forgotten = count.ok() ? *count : 0;
      return count.status();
    })));
  }
  return absl::OkStatus();
}

}  // namespace perennial
