#include "client/cli/import/mapping.h"

#include <google/protobuf/io/tokenizer.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/status.h"

namespace perennial::cli {

using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

namespace {

// Lines and columns count from 0 in the parser, and from 1 for people.
std::string Place(absl::string_view file, int line, int column) {
  return absl::StrCat(file, ":", line + 1, ":", column + 1);
}

// What is wrong in the words of mappings: protobuf's name a message that nobody has heard of.
std::string InOurWords(const std::string& message) {
  const std::vector<std::string> quoted = absl::StrSplit(message, '"');
  if (absl::StrContains(message, "has no field named") && quoted.size() == 5) {
    const auto* type =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(quoted[1]);
    if (type == nullptr) return message;
    std::vector<std::string> names;
    for (int i = 0; i < type->field_count(); ++i) names.push_back(type->field(i)->name());
    return absl::StrCat("there is no field \"", quoted[3], "\" here: there are ",
                        absl::StrJoin(names, ", "));
  }
  absl::string_view found = message;
  if (absl::ConsumePrefix(&found, "Expected string, got: ")) {
    return absl::StrCat("expected a text in quotes, not ", found);
  }
  return message;
}

class ErrorList : public google::protobuf::io::ErrorCollector {
 public:
  explicit ErrorList(const std::string& file) : file_(file) {}

  void AddError(int line, int column, const std::string& message) override {
    errors_.push_back(absl::StrCat(Place(file_, line, column), ": ", InOurWords(message)));
  }
  absl::Status ToStatus() const { return absl::InvalidArgumentError(absl::StrJoin(errors_, "\n")); }

 private:
  const std::string& file_;
  std::vector<std::string> errors_;
};

}  // namespace

MappingNode::Location MappingNode::Find(const std::string& field, int index) const {
  if (locations_ == nullptr) return start_;
  const FieldDescriptor* descriptor = type_->FindFieldByName(field);
  // Of a repeated field as a whole there is no place.
  if (descriptor->is_repeated() && index < 0) return start_;
  const Location location = locations_->GetLocation(descriptor, index);
  return location.line < 0 ? start_ : location;
}

absl::Status MappingNode::Error(const std::string& field, absl::string_view message,
                                int index) const {
  const Location location = Find(field, index);
  return absl::InvalidArgumentError(
      absl::StrCat(Place(*file_, location.line, location.column), ": ", field, ": ", message));
}

MappingNode MappingNode::At(const std::string& field, int index) const {
  const FieldDescriptor* descriptor = type_->FindFieldByName(field);
  const Locations* nested =
      locations_ == nullptr ? nullptr : locations_->GetTreeForNested(descriptor, index);
  return MappingNode(file_, descriptor->message_type(), nested, Find(field, index));
}

absl::StatusOr<Mapping> Mapping::Parse(const std::string& name, const std::string& text) {
  Mapping mapping;
  mapping.name_ = std::make_unique<std::string>(name);
  mapping.locations_ = std::make_unique<TextFormat::ParseInfoTree>();
  ErrorList errors(*mapping.name_);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(mapping.locations_.get());
  if (!parser.ParseFromString(text, &mapping.message_)) return errors.ToStatus();
  return mapping;
}

absl::StatusOr<Mapping> Mapping::Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("there is no file ", path));
  return Parse(std::filesystem::path(path).filename().string(),
               {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
}

MappingNode Mapping::root() const {
  return MappingNode(name_.get(), internal::ImportMapping::descriptor(), locations_.get(), {0, 0});
}

}  // namespace perennial::cli
