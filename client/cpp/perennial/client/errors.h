#ifndef PERENNIAL_CLIENT_ERRORS_H_
#define PERENNIAL_CLIENT_ERRORS_H_

// What the statuses of failed calls say beyond code and message.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "perennial/v1/error_reason.pb.h"

namespace perennial::client {

// Match on this. ERROR_REASON_UNSPECIFIED where the error is not one of the
// API's, such as a server that cannot be reached.
v1::ErrorReason ReasonOf(const absl::Status& status);

struct Violation {
  std::string subject;      // a field's path, or the type of an unmet criterion
  std::string description;  // what would be right
};

// Each field that was wrong and each condition that was not met.
std::vector<Violation> ViolationsOf(const absl::Status& status);

// What else the reason needs to be understood.
std::map<std::string, std::string> MetadataOf(const absl::Status& status);

// What is missing, or there already: its type and name.
struct ResourceAtFault {
  std::string type, name;
};
std::optional<ResourceAtFault> ResourceOf(const absl::Status& status);

// After what time the server wants to be asked again, if it said so.
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_ERRORS_H_
