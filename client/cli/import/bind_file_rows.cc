// Checks a mapping against its files, and makes of it what reads their rows.

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "client/cli/import/file_rows.h"
#include "client/cli/import/imported_fields.h"
#include "lib/api/rules.h"
#include "lib/base/fingerprint.h"
#include "lib/base/serialize.h"
#include "lib/base/status.h"

namespace perennial::cli {

using google::protobuf::FieldDescriptor;
using internal::FileMapping;

namespace {

// Changes with what functions and values of mappings mean.
constexpr absl::string_view kFunctions = "1";

}  // namespace

class FileRows::Binder {
 public:
  Binder(const FileMapping& mapping, const std::string& csv, MappingNode node, CsvFolder& folder,
         const FunctionContext& context, FileRows& rows)
      : mapping_(mapping),
        csv_(csv),
        node_(node),
        folder_(folder),
        context_(context),
        rows_(rows) {}

  absl::Status Bind() {
    ASSIGN_OR_RETURN(rows_.table_, Table(node_, mapping_, csv_));
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
    RETURN_IF_ERROR(CheckLasts(*rows_.name_, node_, "name"));
    rows_.makes_ids_ = rows_.name_->Has(FunctionKind::kBlurs);
    ASSIGN_OR_RETURN(rows_.fields_, Fields(mapping_.fields(), node_, *rows_.kind_->message_type()));
    RETURN_IF_ERROR(CheckCompany());
    for (int i = 0; i < mapping_.elements_size(); ++i) {
      RETURN_IF_ERROR(BindElements(mapping_.elements(i), node_.At("elements", i)));
    }
    rows_.merge_rows_ = mapping_.merge_rows();
    rows_.used_.assign(used_.begin(), used_.end());
    rows_.mapping_digest_ = DigestOfMapping();
    for (size_t i = 0; i < rows_.table_->columns().size(); ++i) {
      if (used_.count({0, i}) == 0 && !rows_.table_->columns()[i].empty())
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

  // Rows that were read in another way say something else.
  uint64_t DigestOfMapping() const {
    uint64_t digest = Fingerprint(SerializeDeterministic(mapping_), Fingerprint(kFunctions));
    for (const auto& [name, map] : context_.value_maps) {
      digest = Fingerprint(SerializeDeterministic(map), digest);
    }
    return digest;
  }

  absl::Status BindType() {
    for (const FieldDescriptor* kind : ImportedKinds()) {
      if (kind->message_type()->name() == mapping_.resource()) rows_.kind_ = kind;
    }
    if (rows_.kind_ != nullptr) return absl::OkStatus();
    return node_.Error("resource", absl::StrCat("must be one of ", ImportedTypeList()));
  }

  absl::StatusOr<TextTemplate> Text(MappingNode node, const std::string& field,
                                    const std::string& text) {
    absl::StatusOr<TextTemplate> result = TextTemplate::Parse(text, *scope_, context_);
    if (!result.ok()) return node.Error(field, result.status().message());
    for (const ColumnScope::Column& column : result->Columns()) used_.insert(column);
    return result;
  }

  // A day that counts from today is the same the next day where the server remembers what it was
  // made of, which it does of a field with one value. A name, or an element, would be another one.
  static absl::Status CheckLasts(const TextTemplate& text, MappingNode node,
                                 const std::string& field) {
    if (!text.Has(FunctionKind::kDay)) return absl::OkStatus();
    return node.Error(field,
                      "days_from_today would make another one each day: use days_from with the day "
                      "of the files, such as days_from:2025-01-31, or give days as such");
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
      const MappingNode node = parent.At("fields", i);
      ASSIGN_OR_RETURN(FieldText field, Field(mappings[i], node, type));
      const bool is_remembered =
          IsResource(type) && !field.target.is_repeated() && !field.target.is_reference();
      if (!is_remembered) RETURN_IF_ERROR(CheckLasts(field.text, node, "text"));
      const auto same = std::find_if(fields.begin(), fields.end(), [&](const FieldText& other) {
        return other.target.path() == field.target.path();
      });
      field.first = static_cast<size_t>(same - fields.begin());
      fields.push_back(std::move(field));
    }
    return fields;
  }

  absl::StatusOr<FieldText> Field(const internal::FieldMapping& mapping, MappingNode node,
                                  const google::protobuf::Descriptor& type) {
    const absl::StatusOr<FieldTarget> target = FieldTarget::Find(type, mapping.path());
    if (!target.ok()) return node.Error("path", target.status().message());
    RETURN_IF_ERROR(CheckImported(target->field(), node, "path"));
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
    FieldText field{*target, std::move(text), mapping.split(), std::move(currency), std::nullopt};
    field.is_sum = mapping.sum();
    field.clear_when_empty = mapping.clear_when_empty();
    if (target->is_reference() && field.text.Has(FunctionKind::kBlurs)) {
      field.told = FunctionKind::kBlurs;
    } else if (field.text.Has(FunctionKind::kDay)) {
      field.told = FunctionKind::kDay;
    }
    if (mapping.has_only_when()) {
      ASSIGN_OR_RETURN(field.only_when, Condition(mapping.only_when(), node.At("only_when")));
    }
    return field;
  }

  // Fields that an import takes together with another one only.
  absl::Status CheckCompany() {
    for (int i = 0; i < mapping_.fields_size(); ++i) {
      const std::string& with = RulesOf(rows_.fields_[i].target.field()).imported_with();
      const bool has_it =
          std::any_of(rows_.fields_.begin(), rows_.fields_.end(),
                      [&](const FieldText& other) { return other.target.field().name() == with; });
      if (with.empty() || has_it) continue;
      return node_.At("fields", i)
          .Error("path",
                 absl::StrCat(mapping_.fields(i).path(), " is set by the server: an import gives ",
                              "it together with ", with, " only"));
    }
    return absl::OkStatus();
  }

  absl::Status BindElements(const internal::ElementMapping& mapping, MappingNode node) {
    const FieldDescriptor* field = rows_.kind_->message_type()->FindFieldByName(mapping.path());
    if (field == nullptr || !field->is_repeated() || field->is_map() ||
        field->message_type() == nullptr) {
      return node.Error("path",
                        absl::StrCat("must be a repeated field of messages of ", rows_.resource()));
    }
    RETURN_IF_ERROR(CheckImported(*field, node, "path"));
    ASSIGN_OR_RETURN(std::vector<FieldText> fields,
                     Fields(mapping.fields(), node, *field->message_type()));
    rows_.elements_.push_back({field, std::move(fields)});
    return absl::OkStatus();
  }

  const FileMapping& mapping_;
  const std::string& csv_;
  const MappingNode node_;
  CsvFolder& folder_;
  const FunctionContext& context_;
  FileRows& rows_;
  std::optional<ColumnScope> scope_;
  std::set<ColumnScope::Column> used_;
};

absl::StatusOr<std::vector<FileRows>> FileRows::Make(const FileMapping& mapping, MappingNode node,
                                                     CsvFolder& folder,
                                                     const FunctionContext& context) {
  if (mapping.csv().empty()) return node.Error("csv", "must name a file");
  std::vector<FileRows> files;
  std::vector<const std::string*> csvs = {&mapping.csv()};
  for (const std::string& more : mapping.more_csv()) csvs.push_back(&more);
  for (const std::string* csv : csvs) {
    FileRows rows;
    RETURN_IF_ERROR(Binder(mapping, *csv, node, folder, context, rows).Bind());
    files.push_back(std::move(rows));
  }
  return files;
}

}  // namespace perennial::cli
