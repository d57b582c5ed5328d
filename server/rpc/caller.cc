#include "server/rpc/caller.h"

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/api/errors.h"
#include "lib/api/text.h"
#include "lib/base/metadata_text.h"
#include "lib/base/status.h"
#include "lib/storage/time_line.h"

namespace perennial {
namespace {

constexpr int kMaxActorLength = 200;

absl::StatusOr<std::optional<absl::string_view>> Metadata(const grpc::ServerContextBase& context,
                                                          const char* key) {
  const auto [begin, end] = context.client_metadata().equal_range(key);
  if (begin == end) return std::optional<absl::string_view>();
  if (std::next(begin) != end) return InvalidField(key, "must be given once at most");
  return absl::string_view(begin->second.data(), begin->second.size());
}

absl::Status SetActor(absl::string_view value, Call& call) {
  const std::string actor = DecodeMetadataText(value);
  const int characters = CountCharacters(actor).value_or(0);
  if (characters == 0 || characters > kMaxActorLength ||
      actor.find_first_of("\t\n") != std::string::npos) {
    return InvalidField(kActorMetadata,
                        "must have 1 to 200 characters on one line; those that are not printable "
                        "ASCII percent-encoded as in URLs");
  }
  if (actor == kSystemActor) {
    return InvalidField(kActorMetadata, "must not be \"system\": that is the server itself");
  }
  call.actor = actor;
  return absl::OkStatus();
}

absl::Status SetRole(absl::string_view name, Call& call) {
  if (!v1::Role_Parse(std::string(name), &call.role) || call.role == v1::ROLE_UNSPECIFIED) {
    return InvalidField(kRoleMetadata, "must be VIEWER, EDITOR, MANAGER or ADMIN");
  }
  return absl::OkStatus();
}

absl::Status SetTimeLine(absl::string_view text, Call& call) {
  call.time_line = ParseTimeLineText(text);
  if (call.time_line != 0) return absl::OkStatus();
  return InvalidField(kTimeLineMetadata, "must be that of an earlier answer, unchanged");
}

}  // namespace

absl::Status ReadCaller(const grpc::ServerContextBase& context, Call& call) {
  call.actor = kUnnamedActor;
  call.role = v1::ADMIN;
  ASSIGN_OR_RETURN(const auto actor, Metadata(context, kActorMetadata));
  if (actor.has_value()) RETURN_IF_ERROR(SetActor(*actor, call));
  ASSIGN_OR_RETURN(const auto role, Metadata(context, kRoleMetadata));
  if (role.has_value()) RETURN_IF_ERROR(SetRole(*role, call));
  ASSIGN_OR_RETURN(const auto time_line, Metadata(context, kTimeLineMetadata));
  if (time_line.has_value()) RETURN_IF_ERROR(SetTimeLine(*time_line, call));
  return absl::OkStatus();
}

}  // namespace perennial
