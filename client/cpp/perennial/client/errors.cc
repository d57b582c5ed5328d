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

namespace {

// The detail of this type, if there is one.
template <class Detail>
std::optional<Detail> DetailOf(const absl::Status& status) {
  const auto payload =
      status.GetPayload("type.googleapis.com/" + Detail::descriptor()->full_name());
  Detail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

}  // namespace

std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  if (!info.has_value()) return {};
  return {info->metadata().begin(), info->metadata().end()};
}

std::optional<ResourceAtFault> ResourceOf(const absl::Status& status) {
  const auto info = DetailOf<google::rpc::ResourceInfo>(status);
  if (!info.has_value()) return std::nullopt;
  return ResourceAtFault{info->resource_type(), info->resource_name()};
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const auto info = DetailOf<google::rpc::RetryInfo>(status);
  if (!info.has_value()) return std::nullopt;
  return absl::Seconds(info->retry_delay().seconds()) +
         absl::Nanoseconds(info->retry_delay().nanos());
}

}  // namespace perennial::client
