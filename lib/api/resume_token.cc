#include "lib/api/resume_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "internal/resume_token.pb.h"
#include "lib/api/errors.h"
#include "lib/base/fingerprint.h"

namespace perennial {
namespace {

uint32_t Checksum(const internal::ResumeToken& token) {
  const uint64_t hash = Fingerprint(absl::StrCat(token.history_id(), " ", token.revision()));
  return static_cast<uint32_t>(hash ^ hash >> 32);
}

}  // namespace

std::string MakeResumeToken(const ResumeToken& token) {
  internal::ResumeToken message;
  message.set_history_id(token.history_id);
  message.set_revision(token.revision);
  message.set_checksum(Checksum(message));
  return absl::WebSafeBase64Escape(message.SerializeAsString());
}

absl::StatusOr<ResumeToken> ParseResumeToken(absl::string_view text) {
  std::string bytes;
  internal::ResumeToken message;
  if (!absl::WebSafeBase64Unescape(text, &bytes) || !message.ParseFromString(bytes) ||
      message.checksum() != Checksum(message) || message.revision() < 0) {
    return InvalidFields(
        {{"resume_token", "must be the resume_token of an earlier response, unchanged"}},
        v1::INVALID_RESUME_TOKEN);
  }
  return ResumeToken{message.history_id(), message.revision()};
}

}  // namespace perennial
