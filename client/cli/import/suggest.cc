#include "client/cli/import/suggest.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/import/text_functions.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

constexpr size_t kLookedAt = 50;  // values of a column

enum class Kind { kText, kDate, kNumber, kMoney, kCountry, kId };

// A field, and the headers under which people have it, in lower case with `_` for all else.
struct Guess {
  absl::string_view path;
  Kind kind;
  absl::string_view headers;
};

struct TypeGuess {
  absl::string_view type;
  absl::string_view collection;  // of its own id
  bool below_account;
  Guess id;
  std::vector<Guess> fields;
};

constexpr absl::string_view kAccountHeaders =
    "account_id account customer_id customer company_id company client_id client organization_id "
    "account_name company_name customer_name";

const std::vector<TypeGuess>& TypeGuesses() {
  static const auto& types = *new std::vector<TypeGuess>{
      {"Product",
       "products",
       false,
       {"", Kind::kId, "product_id sku product_code"},
       {{"display_name", Kind::kText, "product_name name title"},
        {"family", Kind::kText, "family category product_line"},
        {"list_price", Kind::kMoney, "list_price price unit_price"}}},
      {"Account",
       "accounts",
       false,
       {"", Kind::kId, "account_id customer_id company_id client_id organization_id id"},
       {{"display_name", Kind::kText,
         "account_name company_name customer_name display_name name company customer client "
         "account"},
        {"segment", Kind::kText, "segment tier size customer_segment"},
        {"industry", Kind::kText, "industry sector vertical"},
        {"country", Kind::kCountry, "country country_code billing_country land"},
        {"owner", Kind::kText, "owner account_owner csm account_manager owner_email"},
        {"note", Kind::kText, "note notes description comment comments"}}},
      {"Contact",
       "contacts",
       true,
       {"", Kind::kId, "contact_id person_id email email_address"},
       {{"display_name", Kind::kText, "contact_name full_name name display_name"},
        {"title", Kind::kText, "title job_title position"},
        {"email", Kind::kText, "email email_address e_mail"},
        {"phone", Kind::kText, "phone phone_number telephone mobile"},
        {"note", Kind::kText, "note notes comment comments"}}},
      {"Subscription",
       "subscriptions",
       true,
       {"", Kind::kId, "subscription_id contract_id contract subscription"},
       {{"product", Kind::kId, "product_id product sku plan product_code plan_tier"},
        {"seats", Kind::kNumber, "seats quantity licenses licences users"},
        {"arr", Kind::kMoney, "arr arr_amount annual_value acv annual_amount amount value"},
        {"start_date", Kind::kDate, "start_date start begin_date contract_start begins"},
        {"term_months", Kind::kNumber, "term_months term months contract_months"},
        {"notice_days", Kind::kNumber, "notice_days notice notice_period"}}},
  };
  return types;
}

std::string Normalized(absl::string_view header) {
  std::string text;
  for (const char c : absl::AsciiStrToLower(header)) {
    if (absl::ascii_isalnum(c)) {
      text.push_back(c);
    } else if (!text.empty() && text.back() != '_') {
      text.push_back('_');
    }
  }
  while (!text.empty() && text.back() == '_') text.pop_back();
  return text;
}

class FileGuess {
 public:
  FileGuess(const CsvTable& table, char delimiter) : table_(table), delimiter_(delimiter) {
    for (const std::string& column : table.columns()) headers_.push_back(Normalized(column));
  }

  // The type that most columns fit; null where none has an id.
  const TypeGuess* Type() const {
    const TypeGuess* best = nullptr;
    size_t most = 0;
    for (const TypeGuess& type : TypeGuesses()) {
      const std::optional<size_t> id = Find(type.id.headers);
      if (!id.has_value()) continue;
      if (type.below_account && !AccountBeside(*id).has_value()) continue;
      size_t fits = type.below_account ? 2 : 1;
      for (const Guess& field : type.fields) fits += Find(field.headers).has_value() ? 1 : 0;
      if (fits > most && fits > 1) {
        best = &type;
        most = fits;
      }
    }
    return best;
  }

  std::string Describe(const TypeGuess& type) {
    const size_t id = *Find(type.id.headers);
    used_.insert(id);
    std::string name;
    if (type.below_account) {
      const size_t account = *AccountBeside(id);
      used_.insert(account);
      name = absl::StrCat("accounts/", Column(account, "|id"), "/");
    }
    absl::StrAppend(&name, type.collection, "/", Column(id, "|id"));
    std::string text = absl::StrCat("files {\n  csv: ", Quoted(table_.name()), "\n");
    if (delimiter_ != ',') {
      absl::StrAppend(&text, "  delimiter: ", Quoted(std::string(1, delimiter_)), "\n");
    }
    absl::StrAppend(&text, "  resource: \"", type.type, "\"\n  name: ", Quoted(name), "\n");
    for (const Guess& field : type.fields) absl::StrAppend(&text, Field(field));
    absl::StrAppend(&text, Rest(), "}\n");
    return text;
  }

  std::string Nothing() const {
    return absl::StrCat("# ", table_.name(),
                        " looks like nothing that is known; its columns: ", table_.ColumnList(),
                        "\n");
  }

 private:
  std::optional<size_t> Find(absl::string_view headers) const {
    for (const absl::string_view header : absl::StrSplit(headers, ' ')) {
      const auto found = std::find(headers_.begin(), headers_.end(), header);
      if (found != headers_.end()) return static_cast<size_t>(found - headers_.begin());
    }
    return std::nullopt;
  }

  std::optional<size_t> AccountBeside(size_t id) const {
    const std::optional<size_t> account = Find(kAccountHeaders);
    return account == id ? std::nullopt : account;
  }

  static std::string Quoted(absl::string_view text) {
    return absl::StrCat("\"", absl::Utf8SafeCEscape(text), "\"");
  }

  std::string Column(size_t column, absl::string_view functions) const {
    return absl::StrCat("{", table_.columns()[column], functions, "}");
  }

  std::string Field(const Guess& field) {
    const std::optional<size_t> column = Find(field.headers);
    if (!column.has_value()) return "";
    used_.insert(*column);
    std::string functions, currency, comment;
    switch (field.kind) {
      case Kind::kDate:
        functions = DateFunction(*column, comment);
        break;
      case Kind::kNumber:
        functions = NumberFunction(*column);
        break;
      case Kind::kMoney:
        functions = NumberFunction(*column);
        currency = Currency();
        break;
      case Kind::kCountry:
        functions = "|country";
        break;
      case Kind::kText:
      case Kind::kId:
        break;
    }
    std::string text = Column(*column, functions);
    if (field.kind == Kind::kId) text = absl::StrCat(field.path, "s/", Column(*column, "|id"));
    return absl::StrCat("  fields { path: \"", field.path, "\" text: ", Quoted(text), currency,
                        " }", comment, "\n");
  }

  std::string Currency() {
    const std::optional<size_t> column = Find("currency currency_code iso_currency");
    if (!column.has_value()) return " currency: \"USD\"";
    used_.insert(*column);
    return absl::StrCat(" currency: ", Quoted(Column(*column, "|upper")));
  }

  std::vector<absl::string_view> Values(size_t column) const {
    std::vector<absl::string_view> values;
    for (const CsvRecord& record : table_.records()) {
      if (values.size() == kLookedAt) break;
      if (!table_.CheckRecord(record).ok()) continue;
      const absl::string_view value = absl::StripAsciiWhitespace(record.values[column]);
      if (!value.empty()) values.push_back(value);
    }
    return values;
  }

  // Whether every value that there is goes through the function.
  bool Fits(size_t column, const std::string& function) const {
    const absl::StatusOr<TextFunction> made = MakeTextFunction(function, context_);
    const std::vector<absl::string_view> values = Values(column);
    return made.ok() && !values.empty() &&
           std::all_of(values.begin(), values.end(),
                       [&](absl::string_view value) { return (*made)(value).ok(); });
  }

  std::string DateFunction(size_t column, std::string& comment) const {
    if (Fits(column, "plus_days:0")) return "";
    for (const char* format : {"%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S",
                               "%Y-%m-%dT%H:%M:%S", "%d-%m-%Y", "%b %d, %Y"}) {
      const std::string function = absl::StrCat("date:", format);
      if (!Fits(column, function)) continue;
      if (std::string(format) == "%m/%d/%Y" && Fits(column, "date:%d/%m/%Y")) {
        comment = "  # or %d/%m/%Y: the values do not tell";
      }
      return "|" + function;
    }
    return Fits(column, "excel_day") ? "|excel_day" : "";
  }

  std::string NumberFunction(size_t column) const {
    if (Fits(column, "times:1")) return "";
    for (const char* function : {"decimal_point", "decimal_comma"}) {
      if (Fits(column, function)) return absl::StrCat("|", function);
    }
    return "";
  }

  std::string Rest() const {
    std::vector<std::string> rest;
    for (size_t i = 0; i < headers_.size(); ++i) {
      if (used_.count(i) == 0 && !headers_[i].empty()) rest.push_back(table_.columns()[i]);
    }
    if (rest.empty()) return "";
    return absl::StrCat("  # not used: ", absl::CEscape(absl::StrJoin(rest, ", ")), "\n");
  }

  const CsvTable& table_;
  const char delimiter_;
  const FunctionContext context_{};
  std::vector<std::string> headers_;
  std::set<size_t> used_;
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
  FileGuess guess(table, delimiter);
  const TypeGuess* type = guess.Type();
  return type == nullptr ? guess.Nothing() : guess.Describe(*type);
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
    ASSIGN_OR_RETURN(const auto read, ReadByLooks(path, name));
    const auto& [table, delimiter] = read;
    parts.emplace_back(PlaceOf(FileGuess(table, delimiter).Type()), SuggestFile(table, delimiter));
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
