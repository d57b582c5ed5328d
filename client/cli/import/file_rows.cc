#include "client/cli/import/file_rows.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/import/identities.h"
#include "client/cli/import/import_row.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/base/fingerprint.h"
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
  ASSIGN_OR_RETURN(CsvTable table, CsvTable::Read(PathOf(csv), csv, format));
  return &tables_.emplace(csv, std::move(table)).first->second;
}

std::vector<std::string> CsvFolder::Paths() const {
  std::vector<std::string> paths;
  for (const auto& [csv, table] : tables_) paths.push_back(PathOf(csv));
  return paths;
}

std::string CsvFolder::PathOf(const std::string& csv) const {
  return (std::filesystem::path(path_) / csv).string();
}

bool FileRows::refers_to_itself() const {
  const auto* type = kind_->message_type();
  for (int i = 0; i < type->field_count(); ++i) {
    const v1::FieldRules& rules = RulesOf(*type->field(i));
    if (rules.reference() == type->name() && !rules.output_only()) return true;
  }
  return false;
}

std::vector<const CsvTable*> FileRows::LookedUp() const {
  std::vector<const CsvTable*> tables;
  for (const Finder& finder : finders_) tables.push_back(finder.table);
  return tables;
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

absl::Status FileRows::LookUp(const CsvRecord& record, RowValues& row) const {
  absl::Status status = table_->CheckRecord(record);
  if (record.values.size() < table_->columns().size()) return status;
  row.push_back(&record);
  for (const Finder& finder : finders_) {
    const absl::StatusOr<std::string> value = finder.text.Evaluate(row);
    const auto found = finder.records.find(value.value_or(""));
    const bool is_found = value.ok() && found != finder.records.end();
    row.push_back(is_found ? found->second : nullptr);
    status.Update(value.status());
    if (is_found || !finder.required) continue;
    status.Update(
        absl::InvalidArgumentError(absl::StrCat("no row of ", finder.table->name(), " has \"",
                                                value.value_or(""), "\" as its ", finder.column)));
  }
  return status;
}

absl::StatusOr<std::optional<std::string>> FileRows::SkipReason(const RowValues& row) const {
  for (const Skip& skip : skips_) {
    ASSIGN_OR_RETURN(const bool holds, skip.when.Holds(row));
    if (holds) return std::optional<std::string>(skip.because);
  }
  return std::optional<std::string>();
}

namespace {

// The elements of a repeated field that a text lists, or the text itself.
std::vector<std::string> PartsOf(std::string text, const std::string& split) {
  if (split.empty()) return {std::move(text)};
  std::vector<std::string> parts = absl::StrSplit(text, split);
  for (std::string& part : parts) absl::StripAsciiWhitespace(&part);
  return parts;
}

}  // namespace

absl::StatusOr<FileRows::Said> FileRows::SetField(const FieldText& field, const RowValues& row,
                                                  Message& message, v1::ImportRow& built) {
  if (field.only_when.has_value()) {
    ASSIGN_OR_RETURN(const bool holds, field.only_when->Holds(row));
    if (!holds) return Said::kNothing;
  }
  std::string source;
  ASSIGN_OR_RETURN(std::string text, field.text.Evaluate(row, field.told, &source));
  ASSIGN_OR_RETURN(const std::string currency, field.currency.Evaluate(row));
  const std::vector<std::string> parts = PartsOf(std::move(text), field.split);
  const std::vector<std::string> sources = PartsOf(source, field.split);
  Said said = field.clear_when_empty ? Said::kEmpty : Said::kNothing;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) continue;
    said = Said::kGiven;
    RETURN_IF_ERROR(field.target.Set(
        field.target.is_money() ? absl::StrCat(currency, " ", parts[i]) : parts[i], message));
    if (field.told != FunctionKind::kBlurs || sources.size() != parts.size()) continue;
    // Each of several parts comes out of the same functions.
    const std::string mark(field.split.empty() ? 0 : 1, TextTemplate::kMark);
    RETURN_IF_ERROR(AddIdentities(parts[i], mark + sources[i], *built.mutable_identities()));
  }
  if (said == Said::kGiven && field.told == FunctionKind::kDay) {
    v1::ImportRow::Saying& saying = *built.add_sayings();
    saying.set_path(field.target.path());
    saying.set_text(std::move(source));
  }
  return said;
}

namespace {

// INVALID_ARGUMENT has all that is wrong.
absl::Status Join(const std::vector<std::string>& problems) {
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
}

}  // namespace

absl::StatusOr<std::string> FileRows::NameIn(const RowValues& row, std::string& source) const {
  ASSIGN_OR_RETURN(const std::string name,
                   name_->Evaluate(row, FunctionKind::kBlurs, makes_ids_ ? &source : nullptr));
  const absl::string_view pattern = PatternOf(*kind_->message_type());
  if (MatchesPattern(name, pattern)) return name;
  return absl::InvalidArgumentError(
      absl::StrCat("the name \"", name, "\" does not have the form ", pattern));
}

uint64_t FileRows::AddToDigest(const RowValues& row, uint64_t digest) const {
  constexpr absl::string_view kEnd("\0", 1);
  for (const ColumnScope::Column& column : used_) {
    digest = Fingerprint(kEnd, Fingerprint(ValueIn(row, column), digest));
  }
  // Whether a field is given may change with the day alone; what it says then is told apart from
  // the day by the server.
  const auto add_days = [&](const std::vector<FieldText>& fields) {
    for (const FieldText& field : fields) {
      if (!field.only_when.has_value() || !field.only_when->text.Has(FunctionKind::kDay)) continue;
      digest = Fingerprint(field.only_when->Holds(row).value_or(false) ? "1" : "0", digest);
    }
  };
  add_days(fields_);
  for (const Elements& elements : elements_) add_days(elements.fields);
  return digest;
}

Message& FileRows::MessageIn(v1::ImportRow& row) const {
  Resource& resource = *row.mutable_resource();
  return *resource.GetReflection()->MutableMessage(&resource, kind_);
}

FileRows::Made FileRows::Begin(const std::string& name, int64_t line) const {
  Made made;
  made.row.set_source(csv());
  made.row.set_line(line);
  Message& message = MessageIn(made.row);
  message.GetReflection()->SetString(&message, message.GetDescriptor()->FindFieldByName("name"),
                                     name);
  made.said.assign(fields_.size(), Said::kNothing);
  return made;
}

bool FileRows::IsCompared(const FieldText& field) const {
  return RulesOf(field.target.field()).identity() || shared_.count(field.target.path()) > 0;
}

bool FileRows::ComparesSome() const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [this](const FieldText& field) { return IsCompared(field); });
}

std::set<std::string> FileRows::SingleFields() const {
  std::set<std::string> fields;
  for (const FieldText& field : fields_) {
    if (!field.adds()) fields.insert(field.target.path());
  }
  return fields;
}

absl::Status FileRows::AddLine(const RowValues& row, Made& made) const {
  ++made.lines;
  absl::Status status = AddFields(row, made);
  if (made.fields == Fields::kAll) status.Update(AddElements(row, made));
  return status;
}

absl::Status FileRows::AddFields(const RowValues& row, Made& made) const {
  Message& message = MessageIn(made.row);
  const SaidFields before = made.said;
  // What is said beside a value that is not taken.
  const auto passed_over = made.lines == 1 ? nullptr : std::make_unique<v1::ImportRow>();
  std::vector<std::string> problems;
  for (const FieldText& field : fields_) {
    if (made.fields == Fields::kCompared && !IsCompared(field)) continue;
    // What a line before this one gave stays, but all that is wrong with this one is told.
    const bool is_given = before[field.first] == Said::kGiven;
    const bool stays = is_given && !field.adds();
    const std::unique_ptr<Message> other(is_given ? message.New() : nullptr);
    const absl::StatusOr<Said> said =
        SetField(field, row, is_given ? *other : message, stays ? *passed_over : made.row);
    absl::Status status = said.status();
    if (status.ok() && is_given && field.is_sum) status = field.target.Add(*other, message);
    if (is_given && field.target.is_repeated()) field.target.AddMissing(*other, message);
    if (!status.ok()) problems.emplace_back(status.message());
    if (said.ok()) made.said[field.first] = std::max(made.said[field.first], *said);
  }
  return Join(problems);
}

absl::Status FileRows::AddElements(const RowValues& row, Made& made) const {
  Message& message = MessageIn(made.row);
  const Reflection& reflection = *message.GetReflection();
  std::vector<std::string> problems;
  for (const Elements& elements : elements_) {
    Message* element = reflection.AddMessage(&message, elements.field);
    for (const FieldText& field : elements.fields) {
      const absl::Status status = SetField(field, row, *element, made.row).status();
      if (!status.ok()) problems.emplace_back(status.message());
    }
    const std::string bytes = SerializeDeterministic(*element);
    const bool is_new =
        !bytes.empty() &&
        made.elements.insert(absl::StrCat(elements.field->number(), ":", bytes)).second;
    if (!is_new) reflection.RemoveLast(&message, elements.field);
  }
  return Join(problems);
}

void FileRows::SayEmptyFields(Made& made) const {
  const Message& message = MessageIn(made.row);
  for (size_t i = 0; i < fields_.size(); ++i) {
    const bool is_given = made.said[i] == Said::kGiven;
    if (is_given ? !fields_[i].target.IsSet(message) : made.said[i] == Said::kEmpty) {
      made.row.add_empty_fields(fields_[i].target.path());
    }
  }
}

}  // namespace perennial::cli
