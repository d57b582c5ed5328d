#include "lib/api/trim.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "lib/base/utf8.h"

namespace perennial {
namespace {

using google::protobuf::FieldDescriptor;

constexpr const char* kTrimmed[] = {"segment", "industry", "country",    "owner",
                                    "family",  "topic",    "competitor", "assignee"};

bool IsBlank(uint32_t code) {
  return code == ' ' || (code >= '\t' && code <= '\r') || code == 0x85 || code == 0xa0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 ||
         code == 0x202f || code == 0x205f || code == 0x3000;
}

}  // namespace

absl::string_view WithoutBlanks(absl::string_view text) {
  size_t begin = text.size(), end = 0;
  for (size_t at = 0; at < text.size();) {
    const Utf8Character character = FirstCharacter(text.substr(at));
    if (character.length == 0) return text;  // no valid UTF-8
    if (!IsBlank(character.code)) {
      begin = std::min(begin, at);
      end = at + static_cast<size_t>(character.length);
    }
    at += static_cast<size_t>(character.length);
  }
  return end == 0 ? text.substr(0, 0) : text.substr(begin, end - begin);
}

void TrimTexts(google::protobuf::Message& resource) {
  const auto& reflection = *resource.GetReflection();
  for (const char* const name : kTrimmed) {
    const FieldDescriptor* const field = resource.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->is_repeated() || field->type() != FieldDescriptor::TYPE_STRING) {
      continue;
    }
    const std::string text = reflection.GetString(resource, field);
    const absl::string_view trimmed = WithoutBlanks(text);
    if (trimmed.size() < text.size()) {
      reflection.SetString(&resource, field, std::string(trimmed));
    }
  }
}

}  // namespace perennial
