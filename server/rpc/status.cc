#include "server/rpc/status.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "lib/api/errors.h"
#include "lib/base/ids.h"

namespace perennial {
namespace {

// By default clients take 8 KiB of metadata and lose the whole status beyond it. On the wire the
// message may grow threefold (percent encoding) and the details by a third (base64).
constexpr size_t kMaxMessageBytes = 1000;
constexpr size_t kMaxDetailsBytes = 3500;

constexpr absl::Duration kKeepFault = absl::Seconds(10);

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string Cut(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  size_t end = max_bytes;
  while (end > 0 && IsContinuation(text[end])) --end;
  return absl::StrCat(text.substr(0, end), "...");
}

template <class Violations>
void Halve(Violations& violations) {
  violations.DeleteSubrange(violations.size() / 2, violations.size() - violations.size() / 2);
}

// Leaves out violations until the status fits, the last ones first.
void CutDetails(google::rpc::Status& status) {
  for (google::protobuf::Any& detail : *status.mutable_details()) {
    google::rpc::BadRequest request;
    google::rpc::PreconditionFailure failure;
    while (status.ByteSizeLong() > kMaxDetailsBytes) {
      if (detail.UnpackTo(&request) && request.field_violations_size() > 0) {
        Halve(*request.mutable_field_violations());
        detail.PackFrom(request);
      } else if (detail.UnpackTo(&failure) && failure.violations_size() > 0) {
        Halve(*failure.mutable_violations());
        detail.PackFrom(failure);
      } else {
        break;
      }
    }
  }
}

}  // namespace

std::string FaultIds::IdOf(const absl::Status& fault) {
  const absl::Time now = absl::Now();
  absl::MutexLock lock(&mutex_);
  absl::erase_if(named_, [now](const auto& named) {
    return absl::AbsDuration(now - named.second.time) >= kKeepFault;
  });
  Named& named = named_[fault.ToString()];
  if (named.id.empty()) named = {NewId(now), now};
  return named.id;
}

absl::Status ForCaller(const absl::Status& status, FaultIds& ids, std::string& id) {
  const bool made_for_callers = status.ok() || ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED ||
                                absl::IsCancelled(status) || absl::IsUnimplemented(status);
  if (made_for_callers) return status;
  id = ids.IdOf(status);
  return ServerFault(id);
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details = ToRpcStatus(status);
  details.set_message(Cut(details.message(), kMaxMessageBytes));
  CutDetails(details);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), details.message(),
                      details.SerializeAsString());
}

}  // namespace perennial
