#include "tests/conformance/matchers.h"

#include <google/protobuf/util/message_differencer.h>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "lib/api/errors.h"
#include "perennial/client/errors.h"

namespace perennial::conformance {
namespace {

absl::StatusCode CodeOf(v1::ErrorReason reason) {
  switch (reason) {
    case v1::INVALID_FIELD:
    case v1::INVALID_FILTER:
    case v1::INVALID_ORDER_BY:
    case v1::INVALID_PAGE_TOKEN:
    case v1::INVALID_RESUME_TOKEN:
    case v1::INVALID_UPDATE_MASK:
    case v1::MALFORMED_REQUEST:
      return absl::StatusCode::kInvalidArgument;
    case v1::RESOURCE_NOT_FOUND:
      return absl::StatusCode::kNotFound;
    case v1::RESOURCE_ALREADY_EXISTS:
    case v1::REQUEST_ID_REUSED:
      return absl::StatusCode::kAlreadyExists;
    case v1::ETAG_MISMATCH:
    case v1::WRITE_CONFLICT:
      return absl::StatusCode::kAborted;
    case v1::GATE_UNMET:
    case v1::WRONG_STATE:
    case v1::RESOURCE_IN_USE:
    case v1::ATTEMPTS_MISSING:
    case v1::CURRENCY_MISMATCH:
    case v1::CLOCK_NOT_MANUAL:
    case v1::DO_NOT_CONTACT:
    case v1::AGREEMENT_CHANGED:
    case v1::TIME_LINE_CHANGED:
      return absl::StatusCode::kFailedPrecondition;
    case v1::MONEY_OVERFLOW:
    case v1::RESUME_TOKEN_EXPIRED:
      return absl::StatusCode::kOutOfRange;
    case v1::ROLE_TOO_LOW:
      return absl::StatusCode::kPermissionDenied;
    case v1::OVERLOADED:
    case v1::DATABASE_FULL:
      return absl::StatusCode::kResourceExhausted;
    case v1::SERVER_UNAVAILABLE:
      return absl::StatusCode::kUnavailable;
    case v1::DEADLINE_PASSED:
      return absl::StatusCode::kDeadlineExceeded;
    case v1::INTERNAL_ERROR:
      return absl::StatusCode::kInternal;
    default:
      return absl::StatusCode::kUnknown;
  }
}

}  // namespace

std::string Describe(const absl::Status& status) {
  std::string text = absl::StatusCodeToString(status.code());
  if (status.ok()) return text;
  absl::StrAppend(&text, " ", v1::ErrorReason_Name(client::ReasonOf(status)), ": ",
                  status.message());
  for (const client::Violation& violation : client::ViolationsOf(status)) {
    absl::StrAppend(&text, "\n  ", violation.subject, ": ", violation.description);
  }
  return text;
}

bool HasReason(const absl::Status& status, v1::ErrorReason reason) {
  return client::ReasonOf(status) == reason && status.code() == CodeOf(reason);
}

std::vector<std::string> SubjectsOf(const absl::Status& status) {
  std::vector<std::string> subjects;
  for (client::Violation& violation : client::ViolationsOf(status)) {
    subjects.push_back(std::move(violation.subject));
  }
  return subjects;
}

std::string ResourceOf(const absl::Status& status) {
  const google::rpc::Status rpc_status = ToRpcStatus(status);
  google::rpc::ResourceInfo info;
  for (const auto& detail : rpc_status.details()) {
    if (detail.UnpackTo(&info)) return info.resource_name();
  }
  return "";
}

bool ExplainDifference(const google::protobuf::Message& expected,
                       const google::protobuf::Message& actual,
                       testing::MatchResultListener* listener) {
  std::string difference;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  const bool equal = differencer.Compare(expected, actual);
  *listener << difference;
  return equal;
}

}  // namespace perennial::conformance
