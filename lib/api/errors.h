#ifndef PERENNIAL_LIB_API_ERRORS_H_
#define PERENNIAL_LIB_API_ERRORS_H_

// The one place where errors of the API are made, beside lib/base/reason.h. Each carries its
// details (google.rpc.ErrorInfo and what else fits) as a payload of the status; the rpc layer turns
// them into the details of the gRPC status and the client turns them back.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "lib/base/reason.h"
#include "perennial/v1/common.pb.h"
#include "perennial/v1/error_reason.pb.h"

namespace perennial {

struct FieldViolation {
  std::string field;        // path from the request, such as "contact.roles[2]"
  std::string description;  // what would be right
};

// INVALID_ARGUMENT with a BadRequest.
absl::Status InvalidField(absl::string_view field, absl::string_view description);
absl::Status InvalidFields(std::vector<FieldViolation> violations,
                           v1::ErrorReason reason = v1::INVALID_FIELD);

// NOT_FOUND, ALREADY_EXISTS with a ResourceInfo.
absl::Status ResourceNotFound(absl::string_view name);
absl::Status ResourceExists(absl::string_view name);
absl::Status ResourceExists(absl::string_view name, absl::string_view description);

// ABORTED.
absl::Status EtagMismatch(absl::string_view name, absl::string_view current_etag);
absl::Status WriteConflict();

// FAILED_PRECONDITION with a PreconditionFailure of one violation
// {type: reason's name, subject: name, description}.
absl::Status FailedPrecondition(v1::ErrorReason reason, absl::string_view name,
                                absl::string_view description);

struct UnmetCondition {
  std::string type;         // such as "DECISION_ROLE_REACHED"
  std::string description;  // what would meet it
};
absl::Status FailedPreconditions(v1::ErrorReason reason, absl::string_view name,
                                 absl::string_view message,
                                 const std::vector<UnmetCondition>& unmet);

// FAILED_PRECONDITION (TIME_LINE_CHANGED): `what` happened before the database was restored.
absl::Status TimeLineChanged(absl::string_view what);

// INTERNAL (INTERNAL_ERROR): all that callers see of a fault that the log has under the id.
absl::Status ServerFault(absl::string_view id);

// DATA_LOSS, with a ResourceInfo where `name` is not empty.
absl::Status DataDamaged(absl::string_view name);

// RESOURCE_EXHAUSTED or UNAVAILABLE with a RetryInfo.
absl::Status RetryLater(absl::StatusCode code, v1::ErrorReason reason, absl::string_view message,
                        absl::Duration delay);

// Between a status with payloads and its wire form.
google::rpc::Status ToRpcStatus(const absl::Status& status);
absl::Status FromRpcStatus(const google::rpc::Status& status);

// The form that answers of bulk calls hold.
v1::RowError ToRowError(const absl::Status& status);

// The fields that a BadRequest or PreconditionFailure of the status names.
std::vector<FieldViolation> ViolationsOf(const absl::Status& status);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_ERRORS_H_
