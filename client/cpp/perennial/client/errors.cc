#include "perennial/client/errors.h"

#include <utility>

#include "google/rpc/error_details.pb.h"
#include "lib/api/errors.h"

namespace perennial::client {

v1::ErrorReason ReasonOf(const absl::Status& status) { return perennial::ReasonOf(status); }

std::vector<Violation> ViolationsOf(const absl::Status& status) {
  std::vector<Violation> violations;
  for (FieldViolation& violation : perennial::ViolationsOf(status)) {
    violations.push_back({std::move(violation.field), std::move(violation.description)});
  }
  return violations;
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.RetryInfo");
  google::rpc::RetryInfo info;
  if (!payload.has_value() || !info.ParseFromString(std::string(*payload))) return std::nullopt;
  return absl::Seconds(info.retry_delay().seconds()) +
         absl::Nanoseconds(info.retry_delay().nanos());
}

}  // namespace perennial::client
