#include "client/cli/import/imported_fields.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "lib/api/rules.h"
#include "perennial/v1/resource.pb.h"

namespace perennial::cli {

using google::protobuf::FieldDescriptor;
using v1::Resource;

namespace {

// As ImportRow.resource has it. All others the server writes by itself, or methods of their own do.
constexpr absl::string_view kTypes[] = {"Account",      "Contact",     "AccountEvent",  "Product",
                                        "Subscription", "UsageSample", "Opportunity",   "Playbook",
                                        "Touch",        "Feedback",    "AdoptionReview"};

std::vector<const FieldDescriptor*> FindKinds() {
  std::vector<const FieldDescriptor*> kinds;
  for (int i = 0; i < Resource::descriptor()->field_count(); ++i) {
    const FieldDescriptor* kind = Resource::descriptor()->field(i);
    const bool is_imported = std::find(std::begin(kTypes), std::end(kTypes),
                                       kind->message_type()->name()) != std::end(kTypes);
    if (is_imported) kinds.push_back(kind);
  }
  return kinds;
}

}  // namespace

const std::vector<const FieldDescriptor*>& ImportedKinds() {
  static const auto& kinds = *new std::vector<const FieldDescriptor*>(FindKinds());
  return kinds;
}

std::string ImportedTypeList() {
  return absl::StrJoin(ImportedKinds(), ", ", [](std::string* out, const FieldDescriptor* kind) {
    out->append(kind->message_type()->name());
  });
}

bool IsImported(const FieldDescriptor& field) {
  if (!IsResource(*field.containing_type())) return true;
  if (field.name() == "name" || field.name() == "etag") return false;
  return !RulesOf(field).output_only() || RulesOf(field).imported();
}

absl::Status CheckImported(const FieldDescriptor& field, const MappingNode& node,
                           const std::string& at, int index) {
  if (IsImported(field)) return absl::OkStatus();
  if (field.name() == "name") return node.Error(at, "the mapping has a text for the name", index);
  const std::string& instead = RulesOf(field).instead();
  return node.Error(at,
                    absl::StrCat(field.name(), " is set by the server",
                                 instead.empty() ? "" : absl::StrCat(": ", instead, " changes it")),
                    index);
}

}  // namespace perennial::cli
