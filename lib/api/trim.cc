#include "lib/api/trim.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "lib/api/message_rules.h"
#include "lib/base/utf8.h"

namespace perennial {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsBlank(uint32_t code) {
  return code == ' ' || (code >= '\t' && code <= '\r') || code == 0x85 || code == 0xa0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 ||
         code == 0x202f || code == 0x205f || code == 0x3000;
}

bool IsPlain(char c) { return c > ' ' && c < 0x7f; }

// The value of a singular field, or the element `index` of a repeated one.
void TrimText(Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  const std::string& text =
      index < 0 ? reflection.GetStringReference(message, &field, &scratch)
                : reflection.GetRepeatedStringReference(message, &field, index, &scratch);
  const absl::string_view trimmed = WithoutBlanks(text);
  if (trimmed.size() == text.size()) return;
  if (index < 0) {
    reflection.SetString(&message, &field, std::string(trimmed));
  } else {
    reflection.SetRepeatedString(&message, &field, index, std::string(trimmed));
  }
}

void Trim(Message& message, const MessageRules& rules);

void TrimValue(Message& message, const FieldCheck& check, int index) {
  const FieldDescriptor& field = *check.field;
  if (check.kind == ValueKind::kText) return TrimText(message, field, index);
  const Reflection& reflection = *message.GetReflection();
  Message& value = index < 0 ? *reflection.MutableMessage(&message, &field)
                             : *reflection.MutableRepeatedMessage(&message, &field, index);
  if (check.entry.empty()) return Trim(value, *check.nested);
  TrimValue(value, check.entry.back(), -1);
}

void Trim(Message& message, const MessageRules& rules) {
  const Reflection& reflection = *message.GetReflection();
  for (const FieldCheck* const check : rules.trimmed) {
    const FieldDescriptor& field = *check->field;
    if (!field.is_repeated()) {
      if (reflection.HasField(message, &field)) TrimValue(message, *check, -1);
      continue;
    }
    const int size = reflection.FieldSize(message, &field);
    for (int i = 0; i < size; ++i) TrimValue(message, *check, i);
  }
}

}  // namespace

absl::string_view WithoutBlanks(absl::string_view text) {
  if (text.empty() || (IsPlain(text.front()) && IsPlain(text.back()))) return text;
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

void TrimTexts(Message& message) { Trim(message, MessageRules::Of(*message.GetDescriptor())); }

}  // namespace perennial
