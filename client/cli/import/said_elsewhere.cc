#include "client/cli/import/said_elsewhere.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "client/cli/field_text.h"
#include "client/cli/import/import_row.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

SaidElsewhere::SaidElsewhere(const std::vector<FieldsOfType>& blocks) : shared_(blocks.size()) {
  std::map<std::pair<std::string, std::string>, int> counts;
  for (const auto& [type, fields] : blocks) {
    for (const std::string& field : fields) ++counts[{type, field}];
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (const std::string& field : blocks[i].second) {
      if (counts[{blocks[i].first, field}] > 1) shared_[i].insert(field);
    }
  }
}

absl::Status SaidElsewhere::Take(size_t block, const v1::ImportRow& row) {
  const google::protobuf::Message* resource = ResourceIn(row);
  for (const std::string& field : shared_[block]) {
    const auto* descriptor = resource->GetDescriptor()->FindFieldByName(field);
    if (!resource->GetReflection()->HasField(*resource, descriptor)) continue;
    const std::string text = FieldText(*resource, *descriptor);
    const auto [said, is_new] = by_field_.try_emplace(absl::StrCat(NameOf(row), "\n", field),
                                                      Said{block, text, row.source(), row.line()});
    const Said& first = said->second;
    if (is_new || first.block == block || first.text == text) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(field, " is \"", text, "\" here and \"", first.text, "\" in line ", first.line,
                     " of ", first.source, ": map it in one of them only"));
  }
  return absl::OkStatus();
}

}  // namespace perennial::cli
