#include "client/cli/import/suggest.h"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/cli/field_text.h"
#include "client/cli/import/imported_fields.h"
#include "client/cli/import/suggest_types.h"
#include "client/cli/import/text_functions.h"
#include "client/cli/import/visible_text.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "perennial/v1/common.pb.h"

namespace perennial::cli {

using google::protobuf::FieldDescriptor;

namespace {

constexpr size_t kLookedAt = 50;  // values of a column

std::string Normalized(absl::string_view header) {
  std::string text;
  char last = '_';
  for (const char c : header) {
    const bool begins_word = absl::ascii_isupper(c) && absl::ascii_islower(last);
    if ((begins_word || !absl::ascii_isalnum(c)) && !text.empty() && text.back() != '_') {
      text.push_back('_');
    }
    if (absl::ascii_isalnum(c)) text.push_back(absl::ascii_tolower(c));
    last = c;
  }
  while (!text.empty() && text.back() == '_') text.pop_back();
  return text;
}

bool HasWord(absl::string_view words, absl::string_view word) {
  const std::vector<absl::string_view> all = absl::StrSplit(words, ' ');
  return std::find(all.begin(), all.end(), word) != all.end();
}

// By the last word of the file's name that is known: "customer_calls.csv" has calls.
const TypeGuess* TypeOfFile(const std::string& csv) {
  const std::string stem = Normalized(std::filesystem::path(csv).stem().string());
  std::vector<std::string> words = absl::StrSplit(stem, '_');
  std::reverse(words.begin(), words.end());
  for (std::string& word : words) {
    while (!word.empty() && absl::ascii_isdigit(word.back())) word.pop_back();
    for (const TypeGuess& type : TypeGuesses()) {
      if (HasWord(type.files, word)) return &type;
    }
  }
  return nullptr;
}

template <class T>
bool Is(const FieldDescriptor& field) {
  return field.message_type() == T::descriptor();
}

bool IsDay(const FieldDescriptor& field) {
  return Is<v1::Date>(field) || Is<google::protobuf::Timestamp>(field);
}

bool IsSuggested(const FieldDescriptor& field) {
  return IsImported(field) && !field.is_map() && !IsStructured(field);
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::Utf8SafeCEscape(text), "\"");
}

// What an import makes of the values of a column.
class ColumnValues {
 public:
  ColumnValues(const CsvTable& table, size_t column) {
    for (const CsvRecord& record : table.records()) {
      if (values_.size() == kLookedAt) break;
      if (!table.CheckRecord(record).ok()) continue;
      const absl::string_view value = absl::StripAsciiWhitespace(record.values[column]);
      if (value.empty()) {
        has_empty_ = true;
      } else {
        values_.push_back(value);
      }
    }
  }

  bool has_empty() const { return has_empty_; }

  bool Have(absl::string_view part) const {
    return std::any_of(values_.begin(), values_.end(),
                       [&](absl::string_view value) { return absl::StrContains(value, part); });
  }

  // Whether each is a value of the field.
  bool AreOf(const FieldDescriptor& field) const {
    const std::unique_ptr<google::protobuf::Message> scratch(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(field.containing_type())
            ->New());
    return std::all_of(values_.begin(), values_.end(), [&](absl::string_view value) {
      return SetElement(field, std::string(value), *scratch).ok();
    });
  }

  // The function that makes a day of them, or a time.
  std::string DateFunction(bool is_time, std::string& comment) const {
    if (Fit("plus_days:0")) return "";
    for (const char* format : {"%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S",
                               "%Y-%m-%dT%H:%M:%S", "%d-%m-%Y", "%b %d, %Y"}) {
      const bool has_time = absl::StrContains(format, "%H");
      const std::string function = absl::StrCat(is_time && has_time ? "time:" : "date:", format);
      if (!Fit(function)) continue;
      if (std::string(format) == "%m/%d/%Y" && Fit("date:%d/%m/%Y")) {
        comment = "  # or %d/%m/%Y: the values do not tell";
      }
      return "|" + function;
    }
    if (Fit("excel_day")) return "|excel_day";
    return Fit("days_from_today") ? "|days_from_today" : "";
  }

  std::string NumberFunction() const {
    if (Fit("times:1")) return "";
    for (const char* function : {"decimal_point", "decimal_comma"}) {
      if (Fit(function)) return absl::StrCat("|", function);
    }
    return "";
  }

 private:
  // Whether every value that there is goes through the function.
  bool Fit(const std::string& function) const {
    const absl::StatusOr<TextFunction> made = MakeTextFunction(function, FunctionContext{});
    return made.ok() && !values_.empty() &&
           std::all_of(values_.begin(), values_.end(),
                       [&](absl::string_view value) { return (*made)(value).ok(); });
  }

  std::vector<absl::string_view> values_;  // that are not empty
  bool has_empty_ = false;
};

class FileGuess {
 public:
  FileGuess(const CsvTable& table, char delimiter) : table_(table), delimiter_(delimiter) {
    for (const std::string& column : table.columns()) headers_.push_back(Normalized(column));
    of_file_ = TypeOfFile(table.name());
    if (of_file_ != nullptr && Take(*of_file_, /*is_told=*/true)) return;
    TakeBest();
  }

  // Null where it looks like nothing that is known.
  const TypeGuess* type() const { return type_; }

  std::string Describe() {
    if (type_ == nullptr) return Nothing();
    std::string text = absl::StrCat("files {\n  csv: ", Quoted(table_.name()), "\n");
    if (delimiter_ != ',') {
      absl::StrAppend(&text, "  delimiter: ", Quoted(std::string(1, delimiter_)), "\n");
    }
    absl::StrAppend(&text, "  resource: \"", type_->type, "\"\n  name: ", Quoted(Name()), "\n");
    if (NamesRepeat()) absl::StrAppend(&text, "  merge_rows: true  # rows have the same name\n");
    const auto& descriptor = *ResourceByType(type_->type);
    for (int i = 0; i < descriptor.field_count(); ++i) {
      absl::StrAppend(&text, Field(*descriptor.field(i)));
    }
    absl::StrAppend(&text, Rest(), "}\n");
    return text;
  }

 private:
  using Columns = std::vector<size_t>;
  using Fields = std::map<std::string, size_t>;  // columns by the names of fields

  std::string Nothing() const {
    const std::string what =
        of_file_ == nullptr
            ? std::string("nothing that is known")
            : absl::StrCat(of_file_->type, ", but it is not clear which columns make its name");
    return absl::StrCat("# ", table_.name(), " looks like ", what,
                        "; its columns: ", table_.ColumnList(), "\n");
  }

  // The type that most columns fit, if they tell its name and something more.
  void TakeBest() {
    size_t most = 1;
    const TypeGuess* best = nullptr;
    for (const TypeGuess& type : TypeGuesses()) {
      if (!Take(type, /*is_told=*/false)) continue;
      const size_t fits = type.name.size() + fields_.size();
      if (fits > most) {
        best = &type;
        most = fits;
      }
    }
    type_ = nullptr;
    if (best != nullptr) Take(*best, /*is_told=*/false);
  }

  // False where a part of the name has no column. Where the file's name tells the type, an id needs
  // no header that tells it.
  bool Take(const TypeGuess& type, bool is_told) {
    name_.clear();
    for (size_t i = type.name.size(); i-- > 0;) {
      const SegmentGuess& segment = type.name[i];
      const bool is_own = i + 1 == type.name.size();
      std::string headers(segment.headers);
      if (is_own && is_told) headers = absl::StrCat(OwnHeaders(type), " ", headers);
      Columns columns;
      for (const absl::string_view wanted : {absl::string_view(headers), segment.more}) {
        if (wanted.empty()) continue;
        const std::optional<size_t> column =
            Find(wanted, [this](size_t c) { return !IsInName(c); });
        if (!column.has_value()) return false;
        columns.push_back(*column);
      }
      name_.insert(name_.begin(), columns);
    }
    type_ = &type;
    TakeFields();
    return true;
  }

  // "contact_id id record_id contact"
  static std::string OwnHeaders(const TypeGuess& type) {
    const std::string own = VariablesOf(PatternOf(*ResourceByType(type.type))).back();
    return absl::StrCat(own, "_id id record_id ", own);
  }

  // Headers that are a field's name go before others.
  void TakeFields() {
    fields_.clear();
    const auto& descriptor = *ResourceByType(type_->type);
    for (const bool by_name : {true, false}) {
      for (int i = 0; i < descriptor.field_count(); ++i) {
        const FieldDescriptor& field = *descriptor.field(i);
        if (!IsSuggested(field) || fields_.count(field.name()) > 0) continue;
        const std::optional<size_t> column =
            Find(by_name ? field.name() : OtherHeaders(field), [&](size_t c) {
              const bool is_free = by_name || !IsInField(c);
              return is_free && !(IsReference(field) && IsInName(c));
            });
        if (column.has_value()) fields_[field.name()] = *column;
      }
    }
    for (auto field = fields_.begin(); field != fields_.end();) {
      const std::string& with = RulesOf(*descriptor.FindFieldByName(field->first)).imported_with();
      field = with.empty() || fields_.count(with) > 0 ? std::next(field) : fields_.erase(field);
    }
  }

  std::string OtherHeaders(const FieldDescriptor& field) const {
    std::string headers;
    for (const TypeGuess::Field& guess : type_->fields) {
      if (guess.path == field.name()) headers = std::string(guess.headers);
    }
    if (IsDay(field)) {
      const std::string base = field.name().substr(0, field.name().rfind('_'));
      for (const char* end : {"_day", "_date", "_time", "_at", "_on"}) {
        absl::StrAppend(&headers, " ", base, end);
      }
    }
    if (IsReference(field)) {
      const std::string other = VariablesOf(PatternOfReference(field)).back();
      absl::StrAppend(&headers, " ", other, "_id ", other);
    }
    return headers;
  }

  static bool IsReference(const FieldDescriptor& field) {
    return ResourceByType(RulesOf(field).reference()) != nullptr;
  }
  static absl::string_view PatternOfReference(const FieldDescriptor& field) {
    return PatternOf(*ResourceByType(RulesOf(field).reference()));
  }

  // "accounts/{account}/contacts/{contact}" -> account, contact
  static std::vector<std::string> VariablesOf(absl::string_view pattern) {
    std::vector<std::string> variables;
    for (absl::string_view segment : absl::StrSplit(pattern, '/')) {
      if (!absl::ConsumePrefix(&segment, "{")) continue;
      variables.emplace_back(segment.substr(0, segment.size() - 1));
    }
    return variables;
  }

  template <class Fits>
  std::optional<size_t> Find(absl::string_view headers, const Fits& fits) const {
    for (const absl::string_view header : absl::StrSplit(headers, ' ', absl::SkipEmpty())) {
      const auto found = std::find(headers_.begin(), headers_.end(), header);
      const auto column = static_cast<size_t>(found - headers_.begin());
      if (found != headers_.end() && fits(column)) return column;
    }
    return std::nullopt;
  }

  bool IsInName(size_t column) const {
    return std::any_of(name_.begin(), name_.end(), [column](const Columns& columns) {
      return std::find(columns.begin(), columns.end(), column) != columns.end();
    });
  }
  bool IsInField(size_t column) const {
    return std::any_of(fields_.begin(), fields_.end(),
                       [column](const auto& field) { return field.second == column; });
  }

  std::string Column(size_t column, absl::string_view functions = "") const {
    return absl::StrCat("{", table_.columns()[column], functions, "}");
  }

  std::string Id(const Columns& columns) const {
    return absl::StrJoin(columns, "-", [this](std::string* out, size_t column) {
      out->append(Column(column, "|id"));
    });
  }

  std::string Name() const {
    std::vector<std::string> parts;
    for (size_t i = 0; i < name_.size(); ++i) {
      parts.push_back(absl::StrCat(type_->name[i].collection, "/", Id(name_[i])));
    }
    return absl::StrJoin(parts, "/");
  }

  bool NamesRepeat() const {
    std::set<std::string> names;
    for (const CsvRecord& record : table_.records()) {
      if (!table_.CheckRecord(record).ok()) continue;
      std::string name;
      for (const Columns& columns : name_) {
        for (const size_t column : columns) absl::StrAppend(&name, record.values[column], "\n");
      }
      if (!names.insert(std::move(name)).second) return true;
    }
    return false;
  }

  // Its line, or none where no column is its.
  std::string Field(const FieldDescriptor& field) {
    const auto found = fields_.find(field.name());
    if (found == fields_.end()) return "";
    const size_t column = found->second;
    const ColumnValues values(table_, column);
    std::string more, comment;
    const std::string text = Text(field, column, values, more, comment);
    if (text.empty()) {
      fields_.erase(found);
      return "";
    }
    return absl::StrCat("  fields { path: \"", field.name(), "\" text: ", Quoted(text), more, " }",
                        comment, "\n");
  }

  // Empty where it cannot be made of the columns that there are.
  std::string Text(const FieldDescriptor& field, size_t column, const ColumnValues& values,
                   std::string& more, std::string& comment) {
    if (IsReference(field) || IsCapability(field)) {
      if (values.has_empty()) {
        more = absl::StrCat(" only_when { text: ", Quoted(Column(column)), " is_not: \"\" }");
      }
      constexpr absl::string_view kCapability = "products/{product}/capabilities/{capability}";
      return NameOf(IsReference(field) ? PatternOfReference(field) : kCapability, column);
    }
    if (IsDay(field)) {
      const bool is_time = Is<google::protobuf::Timestamp>(field);
      return Column(column, values.DateFunction(is_time, comment));
    }
    if (IsNumeric(field)) {
      if (Is<v1::Money>(field)) more = Currency();
      return Column(column, values.NumberFunction());
    }
    if (field.name() == "country") return Column(column, "|country");
    if (field.is_repeated()) {
      // Commas of texts rather belong to them.
      const bool by_commas = field.enum_type() != nullptr && values.Have(",");
      if (values.Have(";") || by_commas) {
        more = absl::StrCat(" split: ", Quoted(values.Have(";") ? ";" : ","));
      }
    } else if (field.enum_type() != nullptr && !values.AreOf(field)) {
      comment = absl::StrCat("  # make the values ", absl::StrJoin(Choices(field), ", "));
    }
    return Column(column);
  }

  static bool IsCapability(const FieldDescriptor& field) {
    return field.name() == "capability" || field.name() == "capabilities";
  }

  // Of another resource: `column` has its id, and others that are known what it is below.
  std::string NameOf(absl::string_view pattern, size_t column) {
    const std::vector<std::string> variables = VariablesOf(pattern);
    std::string name(pattern);
    for (const std::string& variable : variables) {
      std::optional<size_t> part = column;
      if (variable != variables.back()) part = ColumnOf(variable);
      if (!part.has_value()) return "";
      others_.insert(*part);
      name = absl::StrReplaceAll(name, {{absl::StrCat("{", variable, "}"), Column(*part, "|id")}});
    }
    return name;
  }

  // With the id of such a resource: of the name, or by its header.
  std::optional<size_t> ColumnOf(const std::string& variable) const {
    const std::vector<std::string> own = VariablesOf(PatternOf(*ResourceByType(type_->type)));
    for (size_t i = 0; i < own.size(); ++i) {
      if (own[i] == variable && name_[i].size() == 1) return name_[i].front();
    }
    return Find(absl::StrCat(variable, "_id ", variable), [](size_t) { return true; });
  }

  std::string Currency() {
    const std::optional<size_t> column =
        Find("currency currency_code iso_currency currency_iso_code", [](size_t) { return true; });
    if (!column.has_value()) return " currency: \"USD\"";
    others_.insert(*column);
    return absl::StrCat(" currency: ", Quoted(Column(*column, "|upper")));
  }

  std::string Rest() const {
    std::vector<std::string> rest;
    for (size_t i = 0; i < headers_.size(); ++i) {
      const bool is_used = IsInName(i) || IsInField(i) || others_.count(i) > 0;
      if (!is_used && !headers_[i].empty()) rest.push_back(table_.columns()[i]);
    }
    if (rest.empty()) return "";
    return absl::StrCat("  # not used: ", absl::CEscape(absl::StrJoin(rest, ", ")), "\n");
  }

  const CsvTable& table_;
  const char delimiter_;
  std::vector<std::string> headers_;
  const TypeGuess* of_file_ = nullptr;  // by its name
  const TypeGuess* type_ = nullptr;
  std::vector<Columns> name_;  // of each segment
  Fields fields_;
  std::set<size_t> others_;  // that are used too
};

// With the delimiter that makes most columns.
absl::StatusOr<std::pair<CsvTable, char>> ReadByLooks(const std::string& path,
                                                      const std::string& name) {
  std::optional<std::pair<CsvTable, char>> best;
  absl::Status problem;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    absl::StatusOr<CsvTable> table = CsvTable::Read(path, name, {delimiter, "", false});
    if (!table.ok()) {
      problem.Update(table.status());
    } else if (!best.has_value() || table->columns().size() > best->first.columns().size()) {
      best.emplace(*std::move(table), delimiter);
    }
  }
  if (!best.has_value()) return problem;
  return *std::move(best);
}

size_t PlaceOf(const TypeGuess* type) {
  return type == nullptr ? TypeGuesses().size() : type - TypeGuesses().data();
}

}  // namespace

std::string SuggestFile(const CsvTable& table, char delimiter) {
  return FileGuess(table, delimiter).Describe();
}

absl::StatusOr<std::string> SuggestMapping(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string extension = absl::AsciiStrToLower(entry.path().extension().string());
    if (extension == ".csv") names.push_back(entry.path().filename().string());
  }
  if (error) return absl::NotFoundError(absl::StrCat("there is no folder ", folder));
  if (names.empty()) return absl::NotFoundError(absl::StrCat(folder, " has no .csv file"));
  std::sort(names.begin(), names.end());
  // What is referred to comes before what refers to it.
  std::vector<std::pair<size_t, std::string>> parts;
  for (const std::string& name : names) {
    const std::string path = (std::filesystem::path(folder) / name).string();
    const auto read = ReadByLooks(path, name);
    if (!read.ok()) {
      parts.emplace_back(PlaceOf(nullptr),
                         absl::StrCat("# Passed over: ", Visible(read.status().message()), "\n"));
      continue;
    }
    FileGuess guess(read->first, read->second);
    parts.emplace_back(PlaceOf(guess.type()), guess.Describe());
  }
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text =
      "# A start: check each line, finish it, and try it with `perennial import DIR --mapping=FILE "
      "--dry-run`.\n";
  for (const auto& [place, part] : parts) absl::StrAppend(&text, "\n", part);
  return text;
}

}  // namespace perennial::cli
