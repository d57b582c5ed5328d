#include "server/methods/registry.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/trim.h"
#include "lib/api/validate.h"
#include "lib/base/fingerprint.h"
#include "lib/base/serialize.h"
#include "perennial/v1/options.pb.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

namespace {

// Some methods have a reason that is one of several.
const google::protobuf::FieldDescriptor* TextField(const Descriptor& request, const char* name) {
  const auto* field = request.FindFieldByName(name);
  const bool is_text =
      field != nullptr && field->type() == google::protobuf::FieldDescriptor::TYPE_STRING;
  return is_text ? field : nullptr;
}

}  // namespace

Registry::RequestFields::RequestFields(const MethodDescriptor& method)
    : request_id(method.input_type()->FindFieldByName("request_id")),
      validate_only(method.input_type()->FindFieldByName("validate_only")),
      reason(TextField(*method.input_type(), "reason")),
      streaming(method.client_streaming()) {}

const MethodDescriptor& Registry::FindMethod(absl::string_view name, const Descriptor& request,
                                             const Descriptor& response) {
  const MethodDescriptor* method =
      DescriptorPool::generated_pool()->FindMethodByName(absl::StrCat("perennial.v1.", name));
  if (method == nullptr || method->input_type() != &request || method->output_type() != &response) {
    std::fprintf(stderr, "no method %s with these messages\n", std::string(name).c_str());
    std::abort();
  }
  return *method;
}

Registry::Method& Registry::AddMethod(const MethodDescriptor& method) {
  Method& entry = methods_[method.full_name()];
  entry.descriptor = &method;
  entry.required_role = method.options().GetExtension(v1::required_role);
  return entry;
}

absl::Status Registry::Prepare(const RequestFields& fields, absl::string_view bytes,
                               Message& request, Call& call) {
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, v1::MALFORMED_REQUEST,
        absl::StrCat("The request is not a valid ", request.GetDescriptor()->full_name(),
                     ", or has text that is not UTF-8"));
  }
  // The rows of a stream are checked one by one by its handler.
  if (!fields.streaming) {
    TrimTexts(request);
    RETURN_IF_ERROR(ValidateRequest(request));
  }
  const auto* reflection = request.GetReflection();
  if (fields.validate_only != nullptr) {
    call.validate_only = reflection->GetBool(request, fields.validate_only);
  }
  if (fields.reason != nullptr) call.reason = reflection->GetString(request, fields.reason);
  if (fields.request_id != nullptr) {
    call.request_id = reflection->GetString(request, fields.request_id);
    if (!call.request_id.empty()) {
      reflection->ClearField(&request, fields.request_id);
      // A retry may come from a client that orders maps in another way.
      call.fingerprint = Fingerprint(SerializeDeterministic(request));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Registry::Serialize(const Message& message) {
  std::string bytes = SerializeDeterministic(message);
  if (bytes.empty() && message.ByteSizeLong() > 0) {
    return absl::InternalError("a response does not serialize");
  }
  return bytes;
}

}  // namespace perennial
