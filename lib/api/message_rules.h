#ifndef PERENNIAL_LIB_API_MESSAGE_RULES_H_
#define PERENNIAL_LIB_API_MESSAGE_RULES_H_

// What validate.cc has to check in a message and trim.cc to trim, read off its descriptor once. For
// those two only.

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace perennial {

// What a field is, as far as checks go.
enum class ValueKind {
  kUnchecked,
  kText,
  kBytes,
  kInteger,
  kReal,
  kEnum,
  kDate,
  kTime,
  kMoney,
  kMessage,
};

// What a text has to look like, beside its length.
enum class TextForm {
  kFree,
  kLine,  // part of a set or map that a column holds: no line breaks
  kReference,
  kId,
  kRequestId,
  kLabelKey,
  kExternalId,
  kCurrency,
};

struct MessageRules;

struct FieldCheck {
  const google::protobuf::FieldDescriptor* field = nullptr;
  ValueKind kind = ValueKind::kUnchecked;
  bool required = false;
  bool output_only = false;
  bool imported = false;
  TextForm form = TextForm::kFree;
  absl::string_view reference_pattern;  // of kReference
  int max_length = 0;
  int max_items = 0;
  std::optional<int64_t> minimum;
  std::optional<int64_t> maximum;
  const MessageRules* nested = nullptr;  // of kMessage and kMoney
  std::vector<FieldCheck> entry;         // of a map: its key and its value
};

struct MessageRules {
  std::vector<FieldCheck> checks;

  // Those of its fields that are lines (perennial.v1.FieldRules.max_length), and those that may
  // hold such.
  std::vector<const FieldCheck*> trimmed;

  // In an Update request, the mask and the resource whose paths it has; null otherwise.
  const google::protobuf::FieldDescriptor* update_mask = nullptr;
  const google::protobuf::FieldDescriptor* updated = nullptr;

  // Made once for each message and never freed. Thread-safe.
  static const MessageRules& Of(const google::protobuf::Descriptor& message);
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_MESSAGE_RULES_H_
