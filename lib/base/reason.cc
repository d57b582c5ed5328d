#include "lib/base/reason.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "lib/base/utf8.h"

namespace perennial {
namespace {

constexpr char kDomain[] = "perennial";

std::string TypeUrl() {
  return absl::StrCat("type.googleapis.com/", google::rpc::ErrorInfo::descriptor()->full_name());
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, v1::ErrorReason reason, absl::string_view message) {
  google::rpc::ErrorInfo info;
  info.set_reason(v1::ErrorReason_Name(reason));
  info.set_domain(kDomain);
  // What it quotes may be damaged, or anything that somebody sent.
  absl::Status status(code, ValidUtf8(message));
  status.SetPayload(TypeUrl(), absl::Cord(info.SerializeAsString()));
  return status;
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  const auto payload = status.GetPayload(TypeUrl());
  google::rpc::ErrorInfo info;
  // What came over the wire may be mangled: half a reason is none.
  if (!payload.has_value() || !info.ParseFromString(std::string(*payload))) return reason;
  if (info.domain() == kDomain) v1::ErrorReason_Parse(info.reason(), &reason);
  return reason;
}

}  // namespace perennial
