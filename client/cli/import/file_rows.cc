#include "client/cli/import/file_rows.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/import/identities.h"
#include "client/cli/import/import_row.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/base/money.h"
#include "lib/base/serialize.h"
#include "lib/base/status.h"
#include "perennial/v1/resource.pb.h"

namespace perennial::cli {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using internal::FileMapping;
using v1::Resource;

absl::StatusOr<const CsvTable*> CsvFolder::Read(const std::string& csv, const CsvFormat& format) {
  const auto found = tables_.find(csv);
  if (found != tables_.end()) return &found->second;
  ASSIGN_OR_RETURN(CsvTable table,
                   CsvTable::Read((std::filesystem::path(path_) / csv).string(), csv, format));
  return &tables_.emplace(csv, std::move(table)).first->second;
}

void BuiltRows::Add(v1::ImportRow row, ExternalIds& ids) {
  const absl::Status status = ids.Take(row);
  if (status.ok()) {
    rows.push_back(std::move(row));
  } else {
    rejected.push_back({row.source(), row.line(), NameOf(row), std::string(status.message())});
  }
}

bool FileRows::refers_to_itself() const {
  const auto* type = kind_->message_type();
  for (int i = 0; i < type->field_count(); ++i) {
    const v1::FieldRules& rules = RulesOf(*type->field(i));
    if (rules.reference() == type->name() && !rules.output_only()) return true;
  }
  return false;
}

// --- making resources ---

namespace {

// Below 0 where `a` is before `b`.
int Compare(const std::string& a, const std::string& b) {
  const absl::StatusOr<int64_t> left = ParseMicros(a);
  const absl::StatusOr<int64_t> right = ParseMicros(b);
  if (!left.ok() || !right.ok()) return a.compare(b);
  return *left < *right ? -1 : *left > *right ? 1 : 0;
}

}  // namespace

absl::StatusOr<bool> FileRows::When::Holds(const RowValues& row) const {
  ASSIGN_OR_RETURN(const std::string value, text.Evaluate(row));
  const internal::Condition& c = *condition;
  const auto is_in = [&value](const auto& values) {
    return std::find(values.begin(), values.end(), value) != values.end();
  };
  const auto has = [&value](const std::string& part) { return absl::StrContains(value, part); };
  const auto lies = [&value](bool is_bound, const std::string& bound, auto fits) {
    return !is_bound || (!value.empty() && fits(Compare(value, bound)));
  };
  return (c.is().empty() || is_in(c.is())) && !is_in(c.is_not()) &&
         std::all_of(c.contains().begin(), c.contains().end(), has) &&
         lies(c.has_less_than(), c.less_than(), [](int order) { return order < 0; }) &&
         lies(c.has_at_most(), c.at_most(), [](int order) { return order <= 0; }) &&
         lies(c.has_greater_than(), c.greater_than(), [](int order) { return order > 0; }) &&
         lies(c.has_at_least(), c.at_least(), [](int order) { return order >= 0; });
}

absl::StatusOr<RowValues> FileRows::LookUp(const CsvRecord& record) const {
  RowValues row = {&record};
  for (const Finder& finder : finders_) {
    ASSIGN_OR_RETURN(const std::string value, finder.text.Evaluate(row));
    const auto found = finder.records.find(value);
    if (found == finder.records.end() && finder.required) {
      return absl::InvalidArgumentError(absl::StrCat("no row of ", finder.table->name(), " has \"",
                                                     value, "\" as its ", finder.column));
    }
    row.push_back(found == finder.records.end() ? nullptr : found->second);
  }
  return row;
}

absl::StatusOr<std::optional<std::string>> FileRows::SkipReason(const RowValues& row) const {
  for (const Skip& skip : skips_) {
    ASSIGN_OR_RETURN(const bool holds, skip.when.Holds(row));
    if (holds) return std::optional<std::string>(skip.because);
  }
  return std::optional<std::string>();
}

absl::Status FileRows::SetField(const FieldText& field, const RowValues& row, Message& message,
                                v1::ImportRow* built) {
  if (field.only_when.has_value()) {
    ASSIGN_OR_RETURN(const bool holds, field.only_when->Holds(row));
    if (!holds) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string text, field.text.Evaluate(row));
  ASSIGN_OR_RETURN(const std::string currency, field.currency.Evaluate(row));
  std::vector<std::string> parts = {text};
  if (!field.split.empty()) parts = absl::StrSplit(text, field.split);
  bool is_empty = true;
  for (std::string& part : parts) {
    if (!field.split.empty()) absl::StripAsciiWhitespace(&part);
    if (part.empty()) continue;
    is_empty = false;
    if (field.target.is_money()) part = absl::StrCat(currency, " ", part);
    RETURN_IF_ERROR(field.target.Set(part, message));
  }
  if (built == nullptr) return absl::OkStatus();
  // That it is empty, 0 or false is said all the same.
  if (is_empty ? field.clear_when_empty : !field.target.IsSet(message)) {
    built->add_empty_fields(field.target.path());
  }
  if (is_empty) return absl::OkStatus();
  if (field.changes_daily) {
    v1::ImportRow::Saying& saying = *built->add_sayings();
    saying.set_path(field.target.path());
    ASSIGN_OR_RETURN(*saying.mutable_text(), field.text.EvaluateWithout(FunctionKind::kDay, row));
  }
  if (field.names_by_id && field.split.empty()) {
    ASSIGN_OR_RETURN(const std::string made, field.text.EvaluateWithout(FunctionKind::kId, row));
    AddIdentities(text, made, *built);
  }
  return absl::OkStatus();
}

// INVALID_ARGUMENT has all that is wrong.
absl::Status FileRows::SetFields(const std::vector<FieldText>& fields, const RowValues& row,
                                 Message& message, v1::ImportRow* built) {
  std::vector<std::string> problems;
  for (const FieldText& field : fields) {
    const absl::Status status = SetField(field, row, message, built);
    if (!status.ok()) problems.emplace_back(status.message());
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
}

absl::StatusOr<std::string> FileRows::NameIn(const RowValues& row) const {
  ASSIGN_OR_RETURN(const std::string name, name_->Evaluate(row));
  const absl::string_view pattern = PatternOf(*kind_->message_type());
  if (MatchesPattern(name, pattern)) return name;
  return absl::InvalidArgumentError(
      absl::StrCat("the name \"", name, "\" does not have the form ", pattern));
}

absl::StatusOr<v1::ImportRow> FileRows::BuildRow(const std::string& name,
                                                 const RowValues& row) const {
  v1::ImportRow built;
  Resource& resource = *built.mutable_resource();
  Message& message = *resource.GetReflection()->MutableMessage(&resource, kind_);
  message.GetReflection()->SetString(&message, kind_->message_type()->FindFieldByName("name"),
                                     name);
  RETURN_IF_ERROR(Identify(name, row, built));
  RETURN_IF_ERROR(SetFields(fields_, row, message, &built));
  return built;
}

absl::Status FileRows::Identify(const std::string& name, const RowValues& row,
                                v1::ImportRow& built) const {
  if (!makes_ids_) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string text, name_->EvaluateWithout(FunctionKind::kId, row));
  AddIdentities(name, text, built);
  return absl::OkStatus();
}

absl::Status FileRows::AddElements(const RowValues& row, std::set<std::string>& there,
                                   Resource& resource) const {
  Message& message = *resource.GetReflection()->MutableMessage(&resource, kind_);
  const Reflection& reflection = *message.GetReflection();
  for (const Elements& elements : elements_) {
    Message* element = reflection.AddMessage(&message, elements.field);
    const absl::Status status = SetFields(elements.fields, row, *element, nullptr);
    const std::string bytes = SerializeDeterministic(*element);
    const bool is_new =
        !bytes.empty() && there.insert(absl::StrCat(elements.field->number(), ":", bytes)).second;
    if (!status.ok() || !is_new) reflection.RemoveLast(&message, elements.field);
    RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

absl::Status FileRows::MergeInto(const RowValues& row, std::set<std::string>& there,
                                 v1::ImportRow& built) const {
  Resource& resource = *built.mutable_resource();
  RETURN_IF_ERROR(AddElements(row, there, resource));
  Message& message = *resource.GetReflection()->MutableMessage(&resource, kind_);
  const std::unique_ptr<Message> other(message.New());
  v1::ImportRow said;
  RETURN_IF_ERROR(SetFields(fields_, row, *other, &said));
  for (const v1::ImportRow::Identity& identity : said.identities()) AddIdentity(identity, built);
  for (const FieldText& field : fields_) {
    if (field.is_sum) {
      RETURN_IF_ERROR(field.target.Add(*other, message));
    } else if (field.target.is_repeated() || field.target.is_label()) {
      field.target.AddMissing(*other, message);
    }
  }
  return absl::OkStatus();
}

namespace {

// Texts that differ may make the same id.
absl::Status CheckSame(const v1::ImportRow& first, const v1::ImportRow& row) {
  for (const v1::ImportRow::Identity& identity : row.identities()) {
    for (const v1::ImportRow::Identity& other : first.identities()) {
      if (identity.name() != other.name() || identity.text() == other.text()) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", identity.text(), "\" makes the same id as \"", other.text(), "\", of line ",
          first.line(), ": take a column that tells them apart, or unique_id for id"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

// Makes the resources of a block of files.
class FileRows::Builder {
 public:
  void Take(const FileRows& file) {
    for (const CsvRecord& record : file.table_->records()) {
      ++built_.read;
      std::string name;
      const absl::Status status = Take(file, record, name);
      if (!status.ok()) {
        built_.rejected.push_back({file.csv(), record.line, name, std::string(status.message())});
      }
    }
  }

  BuiltRows Finish(ExternalIds& ids) && {
    std::vector<v1::ImportRow> rows;
    rows.swap(built_.rows);
    for (v1::ImportRow& row : rows) built_.Add(std::move(row), ids);
    return std::move(built_);
  }

 private:
  // Where among the rows a name is, and the elements that its resource has.
  struct Place {
    size_t index;
    std::set<std::string> elements;
  };

  absl::Status Take(const FileRows& file, const CsvRecord& record, std::string& name) {
    RETURN_IF_ERROR(file.table_->CheckRecord(record));
    ASSIGN_OR_RETURN(const RowValues row, file.LookUp(record));
    ASSIGN_OR_RETURN(const std::optional<std::string> reason, file.SkipReason(row));
    if (reason.has_value()) {
      ++built_.skipped[*reason];
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(name, file.NameIn(row));
    const auto place = places_.find(name);
    if (place != places_.end()) return Merge(file, name, row, place->second);
    ASSIGN_OR_RETURN(v1::ImportRow import_row, file.BuildRow(name, row));
    Place added{built_.rows.size(), {}};
    RETURN_IF_ERROR(file.AddElements(row, added.elements, *import_row.mutable_resource()));
    places_.emplace(name, std::move(added));
    import_row.set_source(file.csv());
    import_row.set_line(record.line);
    built_.rows.push_back(std::move(import_row));
    return absl::OkStatus();
  }

  absl::Status Merge(const FileRows& file, const std::string& name, const RowValues& row,
                     Place& place) {
    v1::ImportRow& first = built_.rows[place.index];
    v1::ImportRow same;
    RETURN_IF_ERROR(file.Identify(name, row, same));
    RETURN_IF_ERROR(CheckSame(first, same));
    if (!file.merge_rows_) {
      return absl::InvalidArgumentError(
          absl::StrCat("the row of line ", first.line(),
                       first.source() == file.csv() ? "" : absl::StrCat(" of ", first.source()),
                       " has the same name"));
    }
    RETURN_IF_ERROR(file.MergeInto(row, place.elements, first));
    ++built_.merged;
    return absl::OkStatus();
  }

  BuiltRows built_;
  absl::flat_hash_map<std::string, Place> places_;
};

BuiltRows FileRows::Build(const std::vector<FileRows>& block, ExternalIds& ids) {
  Builder builder;
  for (const FileRows& file : block) builder.Take(file);
  BuiltRows built = std::move(builder).Finish(ids);
  built.unused_columns = block.front().unused_columns_;
  return built;
}

}  // namespace perennial::cli
