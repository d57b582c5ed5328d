#include "lib/api/page_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "internal/page_token.pb.h"
#include "lib/api/errors.h"
#include "lib/base/fingerprint.h"
#include "lib/base/serialize.h"
#include "lib/base/status.h"

namespace perennial {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kPageSize[] = "page_size";
constexpr char kPageToken[] = "page_token";
// Does not change what is on a page.
constexpr char kIncludeTotalSize[] = "include_total_size";

uint64_t RequestFingerprint(const Message& request) {
  const std::unique_ptr<Message> rest(request.New());
  rest->CopyFrom(request);
  for (const char* name : {kPageSize, kPageToken, kIncludeTotalSize}) {
    const FieldDescriptor* field = rest->GetDescriptor()->FindFieldByName(name);
    if (field != nullptr) rest->GetReflection()->ClearField(rest.get(), field);
  }
  return Fingerprint(SerializeDeterministic(*rest),
                     Fingerprint(request.GetDescriptor()->full_name()));
}

// HMAC-SHA256, cut to half of its length as RFC 2104 has it.
std::string Sign(const internal::PageToken& token, absl::string_view key) {
  internal::PageToken content = token;
  content.clear_signature();
  const std::string bytes = SerializeDeterministic(content);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest, &length);
  return {reinterpret_cast<const char*>(digest), length / 2};
}

bool IsSigned(const internal::PageToken& token, absl::string_view key) {
  const std::string signature = Sign(token, key);
  return token.signature().size() == signature.size() &&
         CRYPTO_memcmp(token.signature().data(), signature.data(), signature.size()) == 0;
}

absl::Status InvalidToken(absl::string_view description) {
  return InvalidFields({{kPageToken, std::string(description)}}, v1::INVALID_PAGE_TOKEN);
}

// Sets what the token says.
absl::Status ParseToken(absl::string_view text, const PageKeyShape& shape, PageRequest& request) {
  std::string bytes;
  internal::PageToken token;
  if (!absl::WebSafeBase64Unescape(text, &bytes) || !token.ParseFromString(bytes) ||
      !IsSigned(token, request.token_key)) {
    return InvalidToken(
        "must be the next_page_token or previous_page_token of an earlier response of this "
        "database, unchanged");
  }
  if (token.request_fingerprint() != request.fingerprint) {
    return InvalidToken("was made for another request: only page_size may differ from it");
  }
  request.backward = token.backward();
  std::vector<FieldValue>& last = request.last;
  for (const internal::PageToken::Value& value : token.last()) {
    if (value.has_real()) {
      last.emplace_back(value.real());
    } else if (value.has_text()) {
      last.emplace_back(value.text());
    } else {
      last.emplace_back(value.integer());
    }
  }
  // One that an older program signed may be of another shape.
  if (!last.empty() && !IsOfShape(last, shape)) {
    return InvalidToken("was made by another version of this method: start from the first page");
  }
  return absl::OkStatus();
}

}  // namespace

bool IsOfShape(const std::vector<FieldValue>& key, const PageKeyShape& shape) {
  return std::equal(key.begin(), key.end(), shape.begin(), shape.end(), IsOfKind);
}

absl::StatusOr<PageRequest> ParsePageRequest(const Message& list_request, const PageKeyShape& shape,
                                             absl::string_view token_key) {
  const auto& descriptor = *list_request.GetDescriptor();
  const auto& reflection = *list_request.GetReflection();
  PageRequest page;
  const int page_size = reflection.GetInt32(list_request, descriptor.FindFieldByName(kPageSize));
  if (page_size < 0 || page_size > kMaxPageSize) {
    return InvalidField(kPageSize, absl::StrCat("must be between 0 and ", kMaxPageSize));
  }
  if (page_size > 0) page.page_size = page_size;
  page.fingerprint = RequestFingerprint(list_request);
  page.token_key = std::string(token_key);
  const std::string token =
      reflection.GetString(list_request, descriptor.FindFieldByName(kPageToken));
  if (!token.empty()) {
    RETURN_IF_ERROR(ParseToken(token, shape, page));
  }
  return page;
}

namespace {

std::string MakeToken(const PageRequest& request, bool backward,
                      const std::vector<FieldValue>& key) {
  internal::PageToken token;
  token.set_request_fingerprint(request.fingerprint);
  token.set_backward(backward);
  for (const FieldValue& value : key) {
    internal::PageToken::Value& added = *token.add_last();
    if (const auto* text = std::get_if<std::string>(&value)) {
      added.set_text(*text);
    } else if (const auto* real = std::get_if<double>(&value)) {
      added.set_real(*real);
    } else {
      added.set_integer(std::get<int64_t>(value));
    }
  }
  token.set_signature(Sign(token, request.token_key));
  return absl::WebSafeBase64Escape(token.SerializeAsString());
}

}  // namespace

std::string MakePageToken(const PageRequest& request, const std::vector<FieldValue>& last) {
  return MakeToken(request, false, last);
}

std::string MakeBackwardToken(const PageRequest& request, const std::vector<FieldValue>& first) {
  return MakeToken(request, true, first);
}

}  // namespace perennial
