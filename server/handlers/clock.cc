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

v1::ClockTime ClockTimeOf(const Clock& clock, bool manual) {
  v1::ClockTime time;
  *time.mutable_time() = ToTimestamp(clock.Now());
  time.set_manual(manual);
  return time;
}

absl::StatusOr<absl::Time> TargetOf(const v1::MoveTimeRequest& request, absl::Time now) {
  switch (request.target_case()) {
    case v1::MoveTimeRequest::kDays:
      return now + absl::Hours(24) * request.days();
    case v1::MoveTimeRequest::kTime:
      if (ToTime(request.time()) < now) return InvalidField("time", "must not be in the past");
      if (ToTime(request.time()) > now + absl::Hours(24) * kMaxDays) {
        return InvalidField("time", absl::StrCat("must be within ", kMaxDays, " days from now"));
      }
      return ToTime(request.time());
    default:
      return InvalidField("target", "give a time, or a number of days");
  }
}

// Day by day, as it would have gone by itself.
absl::Status Live(absl::Time until, const Backend& backend, absl::Time deadline) {
  ManualClock& clock = *backend.manual_clock;
  while (clock.Now() < until) {
    const absl::Time midnight = absl::FromCivil(clock.Today() + 1, absl::UTCTimeZone());
    RETURN_IF_ERROR(clock.MoveTo(std::min(midnight, until)));
    RETURN_IF_ERROR(RunRenewalJob(backend.store, deadline));
    RETURN_IF_ERROR(backend.review.Run(deadline));
    RETURN_IF_ERROR(RunGestureJob(backend.store, deadline));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ClockTime> MoveTime(const v1::MoveTimeRequest& request, const Call& call,
                                       const Backend& backend) {
  if (backend.manual_clock == nullptr) {
    return FailedPrecondition(v1::CLOCK_NOT_MANUAL, "clock",
                              "Start the server with --clock=manual:DATE to move its time");
  }
  ASSIGN_OR_RETURN(const absl::Time until, TargetOf(request, backend.manual_clock->Now()));
  RETURN_IF_ERROR(Live(until, backend, call.deadline));
  return ClockTimeOf(*backend.manual_clock, true);
}

const Handlers handlers([](Registry& registry, const Backend& backend) {
  registry.Run<v1::GetTimeRequest, v1::ClockTime>(
      "ClockService.GetTime",
      [backend](const v1::GetTimeRequest&, const Call&) -> absl::StatusOr<v1::ClockTime> {
        return ClockTimeOf(backend.store.clock(), backend.manual_clock != nullptr);
      });
  registry.Run<v1::MoveTimeRequest, v1::ClockTime>(
      "ClockService.MoveTime", [backend](const v1::MoveTimeRequest& request, const Call& call) {
        return MoveTime(request, call, backend);
      });
});

}  // namespace
}  // namespace perennial
