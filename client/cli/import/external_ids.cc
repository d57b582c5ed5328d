#include "client/cli/import/external_ids.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/import/import_row.h"
#include "google/protobuf/message.h"
#include "lib/api/rules.h"

namespace perennial::cli {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

struct ExternalId {
  std::string system;
  std::string id;
};

std::vector<ExternalId> IdsOf(const Message& resource) {
  std::vector<const FieldDescriptor*> set;
  resource.GetReflection()->ListFields(resource, &set);
  std::vector<ExternalId> ids;
  for (const FieldDescriptor* field : set) {
    if (!field->is_map() || !RulesOf(*field).identity()) continue;
    for (int i = 0; i < resource.GetReflection()->FieldSize(resource, field); ++i) {
      const Message& entry = resource.GetReflection()->GetRepeatedMessage(resource, field, i);
      const auto text = [&entry](const FieldDescriptor* of) {
        // Blanks at its ends mean nothing to the server either.
        return std::string(absl::StripAsciiWhitespace(entry.GetReflection()->GetString(entry, of)));
      };
      ids.push_back(
          {text(field->message_type()->map_key()), text(field->message_type()->map_value())});
    }
  }
  return ids;
}

}  // namespace

absl::Status ExternalIds::Take(const v1::ImportRow& row) {
  const Message* resource = ResourceIn(row);
  if (resource == nullptr) return absl::OkStatus();
  std::vector<std::string> keys;
  for (const ExternalId& id : IdsOf(*resource)) {
    keys.push_back(absl::StrCat(resource->GetDescriptor()->name(), "\n", id.system, "\n", id.id));
    const auto holder = holders_.find(keys.back());
    if (holder == holders_.end() || holder->second.name == NameOf(row)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "external_ids.", id.system, ": \"", id.id, "\" is that of ", holder->second.name,
        " as well, of line ", holder->second.line, " of ", holder->second.source));
  }
  for (std::string& key : keys) {
    holders_.try_emplace(std::move(key), Holder{NameOf(row), row.source(), row.line()});
  }
  return absl::OkStatus();
}

}  // namespace perennial::cli
