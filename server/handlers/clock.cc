#include "lib/base/clock.h"

#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "perennial/v1/clock_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/jobs/gesture_job.h"
#include "server/jobs/renewal_job.h"

namespace perennial {
namespace {

constexpr int kMaxDays = 3660;

v1::ClockTime ClockTimeOf(absl::Time now, bool manual) {
  v1::ClockTime time;
  *time.mutable_time() = ToTimestamp(now);
  time.set_manual(manual);
  return time;
}

absl::StatusOr<absl::Time> CheckTarget(absl::Time target, absl::Time now, const char* field) {
  if (target < now) return InvalidField(field, "must not be in the past");
  if (target > now + absl::Hours(24) * kMaxDays) {
    return InvalidField(field, absl::StrCat("must be within ", kMaxDays, " days from now"));
  }
  return target;
}

absl::StatusOr<absl::Time> TargetOf(const v1::MoveTimeRequest& request, absl::Time now) {
  switch (request.target_case()) {
    case v1::MoveTimeRequest::kDays:
      return now + absl::Hours(24) * request.days();
    case v1::MoveTimeRequest::kTime:
      return CheckTarget(ToTime(request.time()), now, "time");
    case v1::MoveTimeRequest::kDate:
      return CheckTarget(absl::FromCivil(ToCivilDay(request.date()), absl::UTCTimeZone()), now,
                         "date");
    default:
      return InvalidField("target", "give a day, a time, or a number of days");
  }
}

absl::Status RunJobs(const Backend& backend, absl::Time deadline) {
  RETURN_IF_ERROR(RunRenewalJob(backend.store, deadline));
  RETURN_IF_ERROR(backend.review.Run(deadline));
  return RunGestureJob(backend.store, deadline);
}

// Day by day, as it would have gone by itself. First the day that an earlier call was cut off in.
absl::Status Live(ManualTime stands, absl::Time until, const Backend& backend,
                  absl::Time deadline) {
  while (true) {
    if (!stands.lived) {
      RETURN_IF_ERROR(RunJobs(backend, deadline));
      ASSIGN_OR_RETURN(stands, backend.store.MoveManualTime({stands.time, true}, deadline));
    }
    if (stands.time >= until) return absl::OkStatus();
    const absl::CivilDay today = absl::ToCivilDay(stands.time, absl::UTCTimeZone());
    const absl::Time midnight = absl::FromCivil(today + 1, absl::UTCTimeZone());
    ASSIGN_OR_RETURN(stands,
                     backend.store.MoveManualTime({std::min(midnight, until), false}, deadline));
  }
}

// The error of a call that came only so far.
absl::Status CutOff(const absl::Status& status, absl::Time stands, absl::Time until) {
  absl::Status cut_off(
      status.code(),
      absl::StrCat(status.message(), " (the clock stands at ",
                   absl::FormatTime(absl::RFC3339_full, stands, absl::UTCTimeZone()), ", before ",
                   absl::FormatTime(absl::RFC3339_full, until, absl::UTCTimeZone()),
                   ": move it again to go on from there)"));
  status.ForEachPayload(
      [&](absl::string_view url, const absl::Cord& payload) { cut_off.SetPayload(url, payload); });
  return cut_off;
}

absl::StatusOr<v1::ClockTime> MoveTime(const v1::MoveTimeRequest& request, const Call& call,
                                       const Backend& backend) {
  if (backend.manual_clock == nullptr) {
    return FailedPrecondition(v1::CLOCK_NOT_MANUAL, "clock",
                              "Start the server with --clock=manual:DATE to move its time");
  }
  ASSIGN_OR_RETURN(const ManualTime stands, backend.store.GetManualTime(call.deadline));
  ASSIGN_OR_RETURN(const absl::Time until, TargetOf(request, stands.time));
  // A day that was lived through already is not over for what was written since.
  const bool lived = stands.lived && stands.time < until;
  const absl::Status status = Live({stands.time, lived}, until, backend, call.deadline);
  if (!status.ok()) return CutOff(status, backend.manual_clock->Now(), until);
  return ClockTimeOf(backend.manual_clock->Now(), true);
}

absl::StatusOr<v1::ClockTime> GetTime(const Call& call, const Backend& backend) {
  if (backend.manual_clock == nullptr) return ClockTimeOf(backend.store.clock().Now(), false);
  ASSIGN_OR_RETURN(const ManualTime stands, backend.store.GetManualTime(call.deadline));
  return ClockTimeOf(stands.time, true);
}

const Handlers handlers([](Registry& registry, const Backend& backend) {
  registry.Run<v1::GetTimeRequest, v1::ClockTime>(
      "ClockService.GetTime",
      [backend](const v1::GetTimeRequest&, const Call& call) { return GetTime(call, backend); });
  registry.Run<v1::MoveTimeRequest, v1::ClockTime>(
      "ClockService.MoveTime", [backend](const v1::MoveTimeRequest& request, const Call& call) {
        return MoveTime(request, call, backend);
      });
});

}  // namespace
}  // namespace perennial
