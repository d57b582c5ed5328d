#include "client/cli/errors.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/cli/printer.h"
#include "lib/api/errors.h"
#include "perennial/v1/common.pb.h"
#include "perennial/v1/error_reason.pb.h"

namespace perennial::cli {
namespace {

// Of a status that says that something could not be written: it has this payload.
constexpr char kUnwrittenUrl[] = "perennial.cli/unwritten";
// The same of one that says that the command line is wrong.
constexpr char kUsageUrl[] = "perennial.cli/usage";

// What to do about an error. Empty where its message says it.
absl::string_view Advice(const absl::Status& status) {
  switch (ReasonOf(status)) {
    case v1::GATE_UNMET:
      return "`perennial opportunities check-gate NAME` shows the evidence; "
             "a manager may give --override-reason";
    case v1::ETAG_MISMATCH:
      return "somebody else changed it: look at it again, then repeat with the new --etag";
    case v1::CLOCK_NOT_MANUAL:
      return "start the server with --clock=manual:2025-01-01";
    case v1::OVERLOADED:
      return "try again in a moment";
    case v1::DATABASE_FULL:
      return "make room on the disk of the database; until then it can only be read";
    case v1::ERROR_REASON_UNSPECIFIED:
      break;
    default:
      return "";
  }
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return "start a server with scripts/run, or name another with --server";
    case absl::StatusCode::kDeadlineExceeded:
      return "give it longer with --timeout";
    case absl::StatusCode::kUnimplemented:
      return "the server is older than this command";
    default:
      return "";
  }
}

std::string Heading(const CliContext& context, const absl::Status& status) {
  if (status.code() == absl::StatusCode::kUnavailable &&
      ReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED) {
    return absl::StrCat("no server answers at ", context.server, ": ", status.message());
  }
  if (status.GetPayload(kUsageUrl).has_value()) return std::string(status.message());
  // The message of an invalid request is the list of its violations over again.
  if (status.code() == absl::StatusCode::kInvalidArgument && !ViolationsOf(status).empty()) {
    return "the request is not valid";
  }
  return std::string(status.message());
}

void PrintText(CliContext& context, const absl::Status& status) {
  context.err << "perennial: " << Heading(context, status) << '\n';
  auto violations = ViolationsOf(status);
  // One alone often says what the message said.
  violations.erase(std::remove_if(violations.begin(), violations.end(),
                                  [&status](const FieldViolation& violation) {
                                    return violation.description == status.message();
                                  }),
                   violations.end());
  size_t width = 0;
  for (const FieldViolation& violation : violations) {
    width = std::max(width, violation.field.size());
  }
  for (const FieldViolation& violation : violations) {
    context.err << "  " << violation.field << std::string(width + 2 - violation.field.size(), ' ')
                << violation.description << '\n';
  }
  const absl::string_view advice = Advice(status);
  if (!advice.empty()) context.err << advice << '\n';
}

}  // namespace

absl::Status UnwrittenError(absl::string_view message) {
  absl::Status status = absl::FailedPreconditionError(message);
  status.SetPayload(kUnwrittenUrl, absl::Cord());
  return status;
}

absl::Status UsageError(absl::string_view message, std::vector<FieldViolation> rows) {
  absl::Status status = MakeError(absl::StatusCode::kInvalidArgument, v1::INVALID_FIELD, message);
  if (!rows.empty()) {
    InvalidFields(std::move(rows))
        .ForEachPayload(
            [&](absl::string_view url, const absl::Cord& row) { status.SetPayload(url, row); });
  }
  status.SetPayload(kUsageUrl, absl::Cord());
  return status;
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.GetPayload(kUsageUrl).has_value()) return kUsage;
  if (status.GetPayload(kUnwrittenUrl).has_value()) return kUnwritten;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kOk;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return kUnavailable;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return kNotAllowed;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnimplemented:
      return kBroken;
    default:
      return kRefused;
  }
}

void PrintError(CliContext& context, const absl::Status& status) {
  if (context.format == Format::kJson) {
    context.err << "{\"error\": " << JsonText(ToRowError(status)) << "}\n";
  } else {
    PrintText(context, status);
  }
}

}  // namespace perennial::cli
