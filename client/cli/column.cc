#include "client/cli/column.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/field_text.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;

bool HoldsFields(const FieldDescriptor& field) {
  return !field.is_repeated() && IsStructured(field);
}

absl::Status WrongColumns(const Descriptor& type, absl::string_view what) {
  const auto append = [](std::string* out, const Column& column) { out->append(column.path); };
  return absl::InvalidArgumentError(
      absl::StrCat(what, ": there are ", absl::StrJoin(InnerColumnsOf(type), ", ", append)));
}

absl::StatusOr<Column> FindColumn(const Descriptor& type, absl::string_view path) {
  Column column = {std::string(path), {}};
  const Descriptor* within = &type;
  for (const absl::string_view name : absl::StrSplit(path, '.')) {
    const FieldDescriptor* field =
        within == nullptr ? nullptr : within->FindFieldByName(std::string(name));
    if (field == nullptr) return WrongColumns(type, absl::StrCat("no column ", path));
    column.fields.push_back(field);
    within = HoldsFields(*field) ? field->message_type() : nullptr;
  }
  return column;
}

}  // namespace

absl::StatusOr<Columns> FindColumns(const Descriptor& type, absl::string_view paths) {
  Columns columns;
  for (const absl::string_view path :
       absl::StrSplit(paths, absl::ByAnyChar(" ,"), absl::SkipEmpty())) {
    ASSIGN_OR_RETURN(columns.emplace_back(), FindColumn(type, path));
  }
  if (columns.empty()) return WrongColumns(type, "no column is named");
  return columns;
}

Columns ColumnsOf(const Descriptor& type) {
  Columns columns;
  for (int i = 0; i < type.field_count(); ++i) {
    columns.push_back({type.field(i)->name(), {type.field(i)}});
  }
  return columns;
}

Columns InnerColumnsOf(const Descriptor& type) {
  Columns columns;
  for (const Column& column : ColumnsOf(type)) {
    if (!HoldsFields(column.field())) {
      columns.push_back(column);
      continue;
    }
    for (const Column& inner : ColumnsOf(*column.field().message_type())) {
      columns.push_back(
          {absl::StrCat(column.path, ".", inner.path), {&column.field(), &inner.field()}});
    }
  }
  return columns;
}

const Message* FindHolder(const Column& column, const Message& message) {
  const Message* holder = &message;
  for (size_t i = 0; i + 1 < column.fields.size(); ++i) {
    if (!holder->GetReflection()->HasField(*holder, column.fields[i])) return nullptr;
    holder = &holder->GetReflection()->GetMessage(*holder, column.fields[i]);
  }
  return holder;
}

std::string FieldText(const Message& message, const Column& column) {
  const Message* holder = FindHolder(column, message);
  return holder == nullptr ? "" : FieldText(*holder, column.field());
}

std::string DisplayText(const Message& message, const Column& column) {
  const Message* holder = FindHolder(column, message);
  return holder == nullptr ? "" : DisplayText(*holder, column.field());
}

}  // namespace perennial::cli
