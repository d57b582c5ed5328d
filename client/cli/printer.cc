#include "client/cli/printer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/field_text.h"
#include "client/cli/text_table.h"
#include "google/protobuf/wrappers.pb.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/base/json.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::Message;

std::string Header(const Column& column) {
  return absl::AsciiStrToUpper(absl::StrReplaceAll(column.path, {{"_", " "}, {".", " "}}));
}

bool IsName(const google::protobuf::FieldDescriptor& field) {
  if (field.is_repeated()) return false;
  const bool is_own = field.name() == "name" && IsResource(*field.containing_type());
  return is_own || field.name() == "resource_name" || !RulesOf(field).reference().empty();
}

TextTable TableOf(const Columns& columns, TextTable::Overflow overflow) {
  std::vector<TextTable::Column> headers;
  for (const Column& column : columns) {
    headers.push_back({Header(column), IsNumeric(column.field()), IsName(column.field())});
  }
  return TextTable(std::move(headers), overflow);
}

std::vector<std::string> DisplayCells(const Message& message, const Columns& columns) {
  std::vector<std::string> cells;
  for (const Column& column : columns) cells.push_back(DisplayText(message, column));
  return cells;
}

std::vector<std::string> CsvNames(const Columns& columns) {
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.path);
  return names;
}

std::vector<std::string> CsvCells(const Message& message, const Columns& columns) {
  std::vector<std::string> cells;
  for (const Column& column : columns) cells.push_back(FieldText(message, column));
  return cells;
}

// Spreadsheets run a text that begins so as a formula, unless it is a number.
bool IsFormula(absl::string_view cell) {
  double number;
  return !cell.empty() && absl::StrContains("=+-@\t\r\n", cell.substr(0, 1)) &&
         !absl::SimpleAtod(cell, &number);
}

class TablePrinter : public ListPrinter {
 public:
  TablePrinter(CliContext& context, Columns columns)
      : context_(context),
        columns_(std::move(columns)),
        table_(TableOf(columns_, TextTable::Overflow::kLeaveOut)) {}

  void Add(const Message& item) override { table_.AddRow(DisplayCells(item, columns_)); }
  void Finish() override {
    if (table_.empty()) {
      context_.err << "nothing found\n";
      return;
    }
    PrintFitting(context_, table_, "--columns chooses, --format=json shows all");
  }

 private:
  CliContext& context_;
  const Columns columns_;
  TextTable table_;
};

class CsvPrinter : public ListPrinter {
 public:
  CsvPrinter(CliContext& context, Columns columns)
      : context_(context), columns_(std::move(columns)) {
    PrintCsvHeader(context_, CsvNames(columns_));
  }

  void Add(const Message& item) override { PrintCsvRow(context_, CsvCells(item, columns_)); }
  void Finish() override {}

 private:
  CliContext& context_;
  const Columns columns_;
};

class JsonPrinter : public ListPrinter {
 public:
  explicit JsonPrinter(CliContext& context) : context_(context) {}

  void Add(const Message& item) override {
    context_.out << (empty_ ? "[\n  " : ",\n  ") << JsonText(item, "  ");
    empty_ = false;
  }
  void Finish() override { context_.out << (empty_ ? "[]\n" : "\n]\n"); }

 private:
  CliContext& context_;
  bool empty_ = true;
};

// A list below its name.
void PrintSubtable(CliContext& context, const Message& message, const Column& list) {
  const Message* holder = FindHolder(list, message);
  if (holder == nullptr || holder->GetReflection()->FieldSize(*holder, &list.field()) == 0) return;
  const Columns columns = ColumnsOf(*list.field().message_type());
  TextTable table = TableOf(columns, TextTable::Overflow::kWrap);
  const auto& reflection = *holder->GetReflection();
  for (int i = 0; i < reflection.FieldSize(*holder, &list.field()); ++i) {
    table.AddRow(DisplayCells(reflection.GetRepeatedMessage(*holder, &list.field(), i), columns));
  }
  context.out << list.path << ":\n";
  table.Print(context.out, context.width, "  ");
}

bool IsSubtable(const Column& column) {
  return column.field().is_repeated() && IsStructured(column.field());
}

void PrintFields(CliContext& context, const Message& message) {
  const Columns columns = InnerColumnsOf(*message.GetDescriptor());
  std::vector<std::pair<std::string, std::string>> lines;
  size_t width = 0;
  for (const Column& column : columns) {
    const std::string text = IsSubtable(column) ? "" : DisplayText(message, column);
    if (text.empty()) continue;
    lines.emplace_back(column.path, text);
    width = std::max(width, column.path.size() + 2);
  }
  for (const auto& [path, text] : lines) {
    context.out << path << std::string(width - path.size(), ' ')
                << absl::StrReplaceAll(text, {{"\n", "\n" + std::string(width, ' ')}}) << '\n';
  }
  for (const Column& column : columns) {
    if (IsSubtable(column)) PrintSubtable(context, message, column);
  }
}

}  // namespace

void PrintFitting(CliContext& context, const TextTable& table, absl::string_view advice) {
  std::vector<std::string> left_out = table.Print(context.out, context.width);
  // One without a header is of bars, which say nothing that the others do not.
  left_out.erase(std::remove(left_out.begin(), left_out.end(), ""), left_out.end());
  if (left_out.empty()) return;
  context.err << "no room for " << absl::StrJoin(left_out, ", ") << ": " << advice << '\n';
}

std::unique_ptr<ListPrinter> MakeListPrinter(CliContext& context, const Descriptor& type,
                                             const Columns& columns, bool csv_columns) {
  switch (context.format) {
    case Format::kJson:
      return std::make_unique<JsonPrinter>(context);
    case Format::kCsv:
      return std::make_unique<CsvPrinter>(context, csv_columns ? columns : ColumnsOf(type));
    case Format::kTable:
      break;
  }
  return std::make_unique<TablePrinter>(context, columns);
}

void PrintMessage(CliContext& context, const Message& message) {
  switch (context.format) {
    case Format::kJson:
      context.out << JsonText(message) << '\n';
      return;
    case Format::kCsv: {
      const Columns columns = ColumnsOf(*message.GetDescriptor());
      PrintCsvHeader(context, CsvNames(columns));
      return PrintCsvRow(context, CsvCells(message, columns));
    }
    case Format::kTable:
      PrintFields(context, message);
  }
}

std::string JsonText(const Message& message, absl::string_view indent) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  // The same keys in every answer: tools need not ask whether one is there.
  options.always_print_primitive_fields = true;
  std::string json = ToJson(message, options);
  absl::StripTrailingAsciiWhitespace(&json);
  return absl::StrReplaceAll(json, {{"\n", absl::StrCat("\n", indent)}});
}

std::string JsonString(const std::string& text) {
  google::protobuf::StringValue value;
  value.set_value(text);
  return ToJson(value, {});
}

void PrintCsvHeader(CliContext& context, const std::vector<std::string>& names, char delimiter) {
  if (context.csv_bom) context.out << "\xef\xbb\xbf";
  context.out << CsvLine(names, delimiter);
}

void PrintCsvRow(CliContext& context, std::vector<std::string> cells, char delimiter) {
  for (std::string& cell : cells) {
    if (!context.csv_raw && IsFormula(cell)) cell.insert(0, "'");
  }
  context.out << CsvLine(cells, delimiter);
}

std::string CsvLine(const std::vector<std::string>& cells, char delimiter) {
  const std::string special = {delimiter, '"', '\r', '\n'};
  const auto append = [&special](std::string* out, const std::string& cell) {
    if (cell.find_first_of(special) == std::string::npos) {
      out->append(cell);
    } else {
      absl::StrAppend(out, "\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"");
    }
  };
  return absl::StrCat(absl::StrJoin(cells, std::string(1, delimiter), append), "\n");
}

}  // namespace perennial::cli
