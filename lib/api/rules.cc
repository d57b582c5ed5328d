#include "lib/api/rules.h"

namespace perennial {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr int kMaxNameLength = 300;
constexpr int kDefaultMaxItems = 100;

}  // namespace

const v1::FieldRules& RulesOf(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::rules);
}

int MaxLength(const FieldDescriptor& field) {
  const v1::FieldRules& rules = RulesOf(field);
  if (rules.max_length() > 0) return rules.max_length();
  const bool is_name =
      field.name() == "name" || field.name() == "parent" || !rules.reference().empty();
  return is_name ? kMaxNameLength : kDefaultMaxLength;
}

int MaxItems(const FieldDescriptor& field) {
  const int max_items = RulesOf(field).max_items();
  return max_items > 0 ? max_items : kDefaultMaxItems;
}

bool IsResource(const Descriptor& message) { return message.options().HasExtension(v1::resource); }

}  // namespace perennial
