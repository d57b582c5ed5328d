#include "client/cli/import/said_elsewhere.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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

namespace {

// What the row says of a field; none where it says nothing.
std::optional<std::string> TextIn(const v1::ImportRow& row, const std::string& path) {
  const google::protobuf::Message& resource = *ResourceIn(row);
  const auto& reflection = *resource.GetReflection();
  const auto& empty = row.empty_fields();
  if (std::find(empty.begin(), empty.end(), path) != empty.end()) return "";
  const std::pair<std::string, std::string> parts = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const auto* field = resource.GetDescriptor()->FindFieldByName(parts.first);
  if (!field->is_map()) {
    if (!reflection.HasField(resource, field)) return std::nullopt;
    return FieldText(resource, *field);
  }
  for (int i = 0; i < reflection.FieldSize(resource, field); ++i) {
    const auto& entry = reflection.GetRepeatedMessage(resource, field, i);
    const auto text = [&entry](const auto* of) {
      return entry.GetReflection()->GetString(entry, of);
    };
    if (text(field->message_type()->map_key()) == parts.second) {
      return text(field->message_type()->map_value());
    }
  }
  return std::nullopt;
}

}  // namespace

absl::Status SaidElsewhere::Take(size_t block, const v1::ImportRow& row) {
  for (const std::string& field : shared_[block]) {
    const std::optional<std::string> text = TextIn(row, field);
    if (!text.has_value()) continue;
    const auto [said, is_new] = by_field_.try_emplace(absl::StrCat(NameOf(row), "\n", field),
                                                      Said{block, *text, row.source(), row.line()});
    const Said& first = said->second;
    if (is_new || first.block == block || first.text == *text) continue;
    return absl::InvalidArgumentError(absl::StrCat(field, " is \"", *text, "\" here and \"",
                                                   first.text, "\" in line ", first.line, " of ",
                                                   first.source, ": map it in one of them only"));
  }
  return absl::OkStatus();
}

}  // namespace perennial::cli
