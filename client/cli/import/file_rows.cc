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

// --- checking a mapping against its files ---

class FileRows::Binder {
 public:
  Binder(const FileMapping& mapping, int csv, MappingNode node, CsvFolder& folder,
         const FunctionContext& context, FileRows& rows)
      : mapping_(mapping),
        csv_(csv),
        node_(node),
        folder_(folder),
        context_(context),
        rows_(rows) {}

  absl::Status Bind() {
    ASSIGN_OR_RETURN(rows_.table_, Table(node_, mapping_, mapping_.csv(csv_)));
    scope_.emplace(*rows_.table_);
    RETURN_IF_ERROR(BindType());
    for (int i = 0; i < mapping_.lookups_size(); ++i) {
      RETURN_IF_ERROR(BindLookup(mapping_.lookups(i), node_.At("lookups", i)));
    }
    for (int i = 0; i < mapping_.skip_size(); ++i) {
      ASSIGN_OR_RETURN(When when,
                       Condition(mapping_.skip(i).when(), node_.At("skip", i).At("when")));
      rows_.skips_.push_back({std::move(when), mapping_.skip(i).because()});
    }
    if (mapping_.name().empty()) return node_.Error("name", "must be given");
    ASSIGN_OR_RETURN(rows_.name_, Text(node_, "name", mapping_.name()));
    ASSIGN_OR_RETURN(rows_.fields_, Fields(mapping_.fields(), node_, *rows_.kind_->message_type()));
    for (int i = 0; i < mapping_.elements_size(); ++i) {
      RETURN_IF_ERROR(BindElements(mapping_.elements(i), node_.At("elements", i)));
    }
    rows_.merge_rows_ = mapping_.merge_rows();
    for (size_t i = 0; i < rows_.table_->columns().size(); ++i) {
      if (used_.count(i) == 0 && !rows_.table_->columns()[i].empty())
        rows_.unused_columns_.push_back(rows_.table_->columns()[i]);
    }
    return absl::OkStatus();
  }

 private:
  template <class Mapping>
  absl::StatusOr<const CsvTable*> Table(MappingNode node, const Mapping& mapping,
                                        const std::string& csv) {
    if (csv.empty()) return node.Error("csv", "must name a file");
    if (mapping.delimiter().size() > 1) return node.Error("delimiter", "must be one character");
    CsvFormat format;
    if (!mapping.delimiter().empty()) format.delimiter = mapping.delimiter()[0];
    format.encoding = mapping.encoding();
    format.short_rows = mapping.short_rows();
    absl::StatusOr<const CsvTable*> table = folder_.Read(csv, format);
    if (absl::IsNotFound(table.status())) return node.Error("csv", table.status().message());
    return table;
  }

  absl::Status BindType() {
    std::vector<std::string> types;
    const auto* resource = Resource::descriptor();
    for (int i = 0; i < resource->field_count(); ++i) {
      types.push_back(resource->field(i)->message_type()->name());
      if (types.back() == mapping_.resource()) rows_.kind_ = resource->field(i);
    }
    if (rows_.kind_ != nullptr) return absl::OkStatus();
    return node_.Error("resource", absl::StrCat("must be one of ", absl::StrJoin(types, ", ")));
  }

  absl::StatusOr<TextTemplate> Text(MappingNode node, const std::string& field,
                                    const std::string& text) {
    absl::StatusOr<TextTemplate> result = TextTemplate::Parse(text, *scope_, context_);
    if (!result.ok()) return node.Error(field, result.status().message());
    for (const size_t column : result->FileColumns()) used_.insert(column);
    return result;
  }

  absl::StatusOr<When> Condition(const internal::Condition& condition, MappingNode node) {
    const bool asks =
        condition.is_size() + condition.is_not_size() + condition.contains_size() > 0 ||
        condition.has_less_than() || condition.has_at_most() || condition.has_greater_than() ||
        condition.has_at_least();
    if (!asks) {
      return node.Error(
          "is",
          "give `is`, `is_not`, `contains`, `less_than`, `at_most`, `greater_than` or "
          "`at_least`");
    }
    ASSIGN_OR_RETURN(TextTemplate text, Text(node, "text", condition.text()));
    return When{std::move(text), &condition};
  }

  absl::Status BindLookup(const internal::Lookup& lookup, MappingNode node) {
    if (lookup.name().empty()) return node.Error("name", "must be given");
    ASSIGN_OR_RETURN(const CsvTable* table, Table(node, lookup, lookup.csv()));
    const std::optional<int> column = table->FindColumn(lookup.column());
    if (!column.has_value()) {
      return node.Error("column",
                        absl::StrCat(lookup.csv(), " has the columns ", table->ColumnList()));
    }
    std::optional<int> order;
    if (!lookup.order_by().empty()) {
      order = table->FindColumn(lookup.order_by());
      if (!order.has_value()) {
        return node.Error("order_by",
                          absl::StrCat(lookup.csv(), " has the columns ", table->ColumnList()));
      }
    }
    ASSIGN_OR_RETURN(TextTemplate text, Text(node, "text", lookup.text()));
    Finder finder{table, lookup.name(), lookup.column(), std::move(text), lookup.required(), {}};
    for (const CsvRecord& record : table->records()) {
      if (!table->CheckRecord(record).ok()) continue;
      const CsvRecord*& taken = finder.records[std::string(record.values[*column])];
      if (taken == nullptr || IsBetter(record, *taken, order, lookup.take_first())) {
        taken = &record;
      }
    }
    rows_.finders_.push_back(std::move(finder));
    scope_->AddLookup(lookup.name(), *table);
    return absl::OkStatus();
  }

  // `record` stands behind `taken` in the file.
  static bool IsBetter(const CsvRecord& record, const CsvRecord& taken, std::optional<int> order,
                       bool take_first) {
    if (!order.has_value()) return !take_first;
    return take_first ? record.values[*order] < taken.values[*order]
                      : record.values[*order] >= taken.values[*order];
  }

  template <class Mappings>
  absl::StatusOr<std::vector<FieldText>> Fields(const Mappings& mappings, MappingNode parent,
                                                const google::protobuf::Descriptor& type) {
    std::vector<FieldText> fields;
    for (int i = 0; i < mappings.size(); ++i) {
      ASSIGN_OR_RETURN(FieldText field, Field(mappings[i], parent.At("fields", i), type));
      fields.push_back(std::move(field));
    }
    return fields;
  }

  absl::StatusOr<FieldText> Field(const internal::FieldMapping& mapping, MappingNode node,
                                  const google::protobuf::Descriptor& type) {
    const absl::StatusOr<FieldTarget> target = FieldTarget::Find(type, mapping.path());
    if (!target.ok()) return node.Error("path", target.status().message());
    if (!mapping.split().empty() && !target->is_repeated()) {
      return node.Error("split", absl::StrCat(mapping.path(), " has one value only"));
    }
    if (mapping.currency().empty() == target->is_money()) {
      return node.Error("currency", "belongs to an amount of money, which needs one");
    }
    ASSIGN_OR_RETURN(TextTemplate text, Text(node, "text", mapping.text()));
    ASSIGN_OR_RETURN(TextTemplate currency, Text(node, "currency", mapping.currency()));
    if (mapping.sum() && (!target->is_number() || !mapping_.merge_rows())) {
      return node.Error("sum", "is of a number or an amount, where merge_rows is set");
    }
    FieldText field{*target,      std::move(text), mapping.split(), std::move(currency),
                    std::nullopt, mapping.sum()};
    if (mapping.has_only_when()) {
      ASSIGN_OR_RETURN(field.only_when, Condition(mapping.only_when(), node.At("only_when")));
    }
    return field;
  }

  absl::Status BindElements(const internal::ElementMapping& mapping, MappingNode node) {
    const FieldDescriptor* field = rows_.kind_->message_type()->FindFieldByName(mapping.path());
    if (field == nullptr || !field->is_repeated() || field->is_map() ||
        field->message_type() == nullptr) {
      return node.Error("path",
                        absl::StrCat("must be a repeated field of messages of ", rows_.resource()));
    }
    ASSIGN_OR_RETURN(std::vector<FieldText> fields,
                     Fields(mapping.fields(), node, *field->message_type()));
    rows_.elements_.push_back({field, std::move(fields)});
    return absl::OkStatus();
  }

  const FileMapping& mapping_;
  const int csv_;
  const MappingNode node_;
  CsvFolder& folder_;
  const FunctionContext& context_;
  FileRows& rows_;
  std::optional<ColumnScope> scope_;
  std::set<size_t> used_;
};

absl::StatusOr<std::vector<FileRows>> FileRows::Make(const FileMapping& mapping, MappingNode node,
                                                     CsvFolder& folder,
                                                     const FunctionContext& context) {
  if (mapping.csv().empty()) return node.Error("csv", "must name a file");
  std::vector<FileRows> files;
  for (int i = 0; i < mapping.csv_size(); ++i) {
    FileRows rows;
    RETURN_IF_ERROR(Binder(mapping, i, node, folder, context, rows).Bind());
    files.push_back(std::move(rows));
  }
  return files;
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

absl::Status FileRows::SetField(const FieldText& field, const RowValues& row, Message& message) {
  if (field.only_when.has_value()) {
    ASSIGN_OR_RETURN(const bool holds, field.only_when->Holds(row));
    if (!holds) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string text, field.text.Evaluate(row));
  ASSIGN_OR_RETURN(const std::string currency, field.currency.Evaluate(row));
  std::vector<std::string> parts = {text};
  if (!field.split.empty()) parts = absl::StrSplit(text, field.split);
  for (std::string& part : parts) {
    if (!field.split.empty()) absl::StripAsciiWhitespace(&part);
    if (part.empty()) continue;
    if (field.target.is_money()) part = absl::StrCat(currency, " ", part);
    RETURN_IF_ERROR(field.target.Set(part, message));
  }
  return absl::OkStatus();
}

// INVALID_ARGUMENT has all that is wrong.
absl::Status FileRows::SetFields(const std::vector<FieldText>& fields, const RowValues& row,
                                 Message& message) {
  std::vector<std::string> problems;
  for (const FieldText& field : fields) {
    const absl::Status status = SetField(field, row, message);
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

absl::StatusOr<Resource> FileRows::BuildResource(const std::string& name,
                                                 const RowValues& row) const {
  Resource resource;
  Message& message = *resource.GetReflection()->MutableMessage(&resource, kind_);
  message.GetReflection()->SetString(&message, kind_->message_type()->FindFieldByName("name"),
                                     name);
  RETURN_IF_ERROR(SetFields(fields_, row, message));
  return resource;
}

absl::Status FileRows::AddElements(const RowValues& row, std::set<std::string>& there,
                                   Resource& resource) const {
  Message& message = *resource.GetReflection()->MutableMessage(&resource, kind_);
  const Reflection& reflection = *message.GetReflection();
  for (const Elements& elements : elements_) {
    Message* element = reflection.AddMessage(&message, elements.field);
    const absl::Status status = SetFields(elements.fields, row, *element);
    const std::string bytes = SerializeDeterministic(*element);
    const bool is_new =
        !bytes.empty() && there.insert(absl::StrCat(elements.field->number(), ":", bytes)).second;
    if (!status.ok() || !is_new) reflection.RemoveLast(&message, elements.field);
    RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

absl::Status FileRows::MergeInto(const RowValues& row, std::set<std::string>& there,
                                 Resource& resource) const {
  RETURN_IF_ERROR(AddElements(row, there, resource));
  Message& message = *resource.GetReflection()->MutableMessage(&resource, kind_);
  const std::unique_ptr<Message> other(message.New());
  RETURN_IF_ERROR(SetFields(fields_, row, *other));
  for (const FieldText& field : fields_) {
    if (field.is_sum) {
      RETURN_IF_ERROR(field.target.Add(*other, message));
    } else if (field.target.is_repeated() || field.target.is_label()) {
      field.target.AddMissing(*other, message);
    }
  }
  return absl::OkStatus();
}

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

  BuiltRows Finish() && { return std::move(built_); }

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
    if (place != places_.end()) return Merge(file, row, place->second);
    ASSIGN_OR_RETURN(Resource resource, file.BuildResource(name, row));
    Place added{built_.rows.size(), {}};
    RETURN_IF_ERROR(file.AddElements(row, added.elements, resource));
    places_.emplace(name, std::move(added));
    v1::ImportRow& import_row = built_.rows.emplace_back();
    import_row.set_source(file.csv());
    import_row.set_line(record.line);
    *import_row.mutable_resource() = std::move(resource);
    return absl::OkStatus();
  }

  absl::Status Merge(const FileRows& file, const RowValues& row, Place& place) {
    v1::ImportRow& first = built_.rows[place.index];
    if (!file.merge_rows_) {
      return absl::InvalidArgumentError(
          absl::StrCat("the row of line ", first.line(),
                       first.source() == file.csv() ? "" : absl::StrCat(" of ", first.source()),
                       " has the same name"));
    }
    RETURN_IF_ERROR(file.MergeInto(row, place.elements, *first.mutable_resource()));
    ++built_.merged;
    return absl::OkStatus();
  }

  BuiltRows built_;
  absl::flat_hash_map<std::string, Place> places_;
};

BuiltRows FileRows::Build(const std::vector<FileRows>& block) {
  Builder builder;
  for (const FileRows& file : block) builder.Take(file);
  BuiltRows built = std::move(builder).Finish();
  built.unused_columns = block.front().unused_columns_;
  return built;
}

}  // namespace perennial::cli
