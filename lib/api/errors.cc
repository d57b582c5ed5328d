#include "lib/api/errors.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/api/resource_name.h"
#include "lib/base/utf8.h"

namespace perennial {
namespace {

constexpr absl::string_view kTypePrefix = "type.googleapis.com/";
constexpr int kLastStatusCode = static_cast<int>(absl::StatusCode::kUnauthenticated);

template <typename Detail>
std::string TypeUrl() {
  return absl::StrCat(kTypePrefix, Detail::descriptor()->full_name());
}

// Of it and what is within it: a detail that is not all UTF-8 could not be read.
void MakeValidUtf8(google::protobuf::Message& message) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 0;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      for (int i = 0; i < size; ++i) {
        MakeValidUtf8(*reflection.MutableRepeatedMessage(&message, field, i));
      }
      if (!field->is_repeated()) MakeValidUtf8(*reflection.MutableMessage(&message, field));
    } else if (field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated()) {
      reflection.SetString(&message, field, ValidUtf8(reflection.GetString(message, field)));
    }
  }
}

template <typename Detail>
void Attach(Detail detail, absl::Status& status) {
  MakeValidUtf8(detail);
  status.SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

// A default one where the status has none.
template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const auto payload = status.GetPayload(TypeUrl<Detail>());
  // What came over the wire may be mangled: half a detail is none.
  if (payload.has_value() && !detail.ParseFromString(std::string(*payload))) detail.Clear();
  return detail;
}

absl::Status ResourceError(absl::StatusCode code, v1::ErrorReason reason, absl::string_view name,
                           absl::string_view description) {
  absl::Status status = MakeError(code, reason, absl::StrCat(name, " ", description));
  google::rpc::ResourceInfo info;
  if (const auto* resource = ResourceByName(name)) info.set_resource_type(resource->name());
  info.set_resource_name(std::string(name));
  info.set_description(std::string(description));
  Attach(info, status);
  return status;
}

}  // namespace

absl::Status TimeLineChanged(absl::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, v1::TIME_LINE_CHANGED,
                   absl::StrCat(what,
                                " before the database was restored: list again, and where "
                                "this is still to be done, ask anew with a new request_id"));
}

absl::Status InvalidField(absl::string_view field, absl::string_view description) {
  return InvalidFields({{std::string(field), std::string(description)}});
}

absl::Status InvalidFields(std::vector<FieldViolation> violations, v1::ErrorReason reason) {
  const auto text = [](std::string* out, const FieldViolation& violation) {
    absl::StrAppend(out, violation.field, ": ", violation.description);
  };
  absl::Status status =
      MakeError(absl::StatusCode::kInvalidArgument, reason, absl::StrJoin(violations, "; ", text));
  google::rpc::BadRequest request;
  for (FieldViolation& violation : violations) {
    auto& added = *request.add_field_violations();
    added.set_field(std::move(violation.field));
    added.set_description(std::move(violation.description));
  }
  Attach(request, status);
  return status;
}

absl::Status ResourceNotFound(absl::string_view name) {
  return ResourceError(absl::StatusCode::kNotFound, v1::RESOURCE_NOT_FOUND, name, "does not exist");
}

absl::Status ResourceExists(absl::string_view name) {
  return ResourceExists(name, "exists already");
}

absl::Status ResourceExists(absl::string_view name, absl::string_view description) {
  return ResourceError(absl::StatusCode::kAlreadyExists, v1::RESOURCE_ALREADY_EXISTS, name,
                       description);
}

absl::Status ServerFault(absl::string_view id) {
  return MakeError(absl::StatusCode::kInternal, v1::INTERNAL_ERROR,
                   absl::StrCat("A fault of the server; its log has it as ", id));
}

absl::Status DataDamaged(absl::string_view name) {
  constexpr absl::string_view kWhat =
      "is damaged where it is stored: `perenniald verify` names all that is";
  if (!name.empty()) {
    return ResourceError(absl::StatusCode::kDataLoss, v1::DATA_DAMAGED, name, kWhat);
  }
  return MakeError(absl::StatusCode::kDataLoss, v1::DATA_DAMAGED,
                   absl::StrCat("Something that the call needs ", kWhat));
}

absl::Status EtagMismatch(absl::string_view name, absl::string_view current_etag) {
  absl::Status status = MakeError(
      absl::StatusCode::kAborted, v1::ETAG_MISMATCH,
      absl::StrCat(name, " changed since its etag was read: it is \"", current_etag, "\" now"));
  auto info = DetailOf<google::rpc::ErrorInfo>(status);
  (*info.mutable_metadata())["name"] = std::string(name);
  (*info.mutable_metadata())["etag"] = std::string(current_etag);
  Attach(info, status);
  return status;
}

absl::Status WriteConflict() {
  return MakeError(absl::StatusCode::kAborted, v1::WRITE_CONFLICT,
                   "others wrote the same at the same time: try again");
}

absl::Status FailedPrecondition(v1::ErrorReason reason, absl::string_view name,
                                absl::string_view description) {
  return FailedPreconditions(reason, name, description,
                             {{v1::ErrorReason_Name(reason), std::string(description)}});
}

absl::Status FailedPreconditions(v1::ErrorReason reason, absl::string_view name,
                                 absl::string_view message,
                                 const std::vector<UnmetCondition>& unmet) {
  absl::Status status = MakeError(absl::StatusCode::kFailedPrecondition, reason, message);
  google::rpc::PreconditionFailure failure;
  for (const UnmetCondition& condition : unmet) {
    auto& violation = *failure.add_violations();
    violation.set_type(condition.type);
    violation.set_subject(std::string(name));
    violation.set_description(condition.description);
  }
  Attach(failure, status);
  return status;
}

absl::Status RetryLater(absl::StatusCode code, v1::ErrorReason reason, absl::string_view message,
                        absl::Duration delay) {
  absl::Status status = MakeError(code, reason, message);
  google::rpc::RetryInfo info;
  absl::Duration rest;
  info.mutable_retry_delay()->set_seconds(absl::IDivDuration(delay, absl::Seconds(1), &rest));
  info.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  Attach(info, status);
  return status;
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status rpc_status;
  rpc_status.set_code(static_cast<int>(status.code()));
  rpc_status.set_message(ValidUtf8(status.message()));
  status.ForEachPayload([&](absl::string_view type_url, const absl::Cord& payload) {
    auto& detail = *rpc_status.add_details();
    detail.set_type_url(std::string(type_url));
    detail.set_value(std::string(payload));
  });
  // Payloads come in no particular order; the same error is to be the same bytes.
  std::sort(rpc_status.mutable_details()->begin(), rpc_status.mutable_details()->end(),
            [](const auto& a, const auto& b) { return a.type_url() < b.type_url(); });
  return rpc_status;
}

absl::Status FromRpcStatus(const google::rpc::Status& rpc_status) {
  const bool known = rpc_status.code() >= 0 && rpc_status.code() <= kLastStatusCode;
  absl::Status status(
      known ? static_cast<absl::StatusCode>(rpc_status.code()) : absl::StatusCode::kUnknown,
      rpc_status.message());
  for (const auto& detail : rpc_status.details()) {
    status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return status;
}

v1::RowError ToRowError(const absl::Status& status) {
  v1::RowError row;
  row.set_code(static_cast<int>(status.code()));
  const v1::ErrorReason reason = ReasonOf(status);
  if (reason != v1::ERROR_REASON_UNSPECIFIED) row.set_reason(v1::ErrorReason_Name(reason));
  row.set_message(std::string(status.message()));
  const auto add = [&row](const std::string& subject, const std::string& description) {
    auto& violation = *row.add_violations();
    violation.set_subject(subject);
    violation.set_description(description);
  };
  for (const FieldViolation& violation : ViolationsOf(status)) {
    add(violation.field, violation.description);
  }
  const auto resource = DetailOf<google::rpc::ResourceInfo>(status);
  if (!resource.resource_name().empty()) add(resource.resource_name(), resource.description());
  return row;
}

std::vector<FieldViolation> ViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  const auto request = DetailOf<google::rpc::BadRequest>(status);
  for (const auto& violation : request.field_violations()) {
    violations.push_back({violation.field(), violation.description()});
  }
  const auto failure = DetailOf<google::rpc::PreconditionFailure>(status);
  for (const auto& violation : failure.violations()) {
    violations.push_back({violation.type(), violation.description()});
  }
  return violations;
}

}  // namespace perennial
