#include "client/cli/printer.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/field_text.h"
#include "client/cli/text_table.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;

Fields AllFields(const Descriptor& type) {
  Fields fields;
  for (int i = 0; i < type.field_count(); ++i) fields.push_back(type.field(i));
  return fields;
}

std::string Header(const FieldDescriptor& field) {
  return absl::AsciiStrToUpper(absl::StrReplaceAll(field.name(), {{"_", " "}}));
}

TextTable TableOf(const Fields& fields, TextTable::Overflow overflow) {
  std::vector<TextTable::Column> columns;
  for (const auto* field : fields) columns.push_back({Header(*field), IsNumeric(*field)});
  return TextTable(std::move(columns), overflow);
}

std::vector<std::string> DisplayCells(const Message& message, const Fields& fields) {
  std::vector<std::string> cells;
  for (const auto* field : fields) cells.push_back(DisplayText(message, *field));
  return cells;
}

std::string CsvHeader(const Fields& fields) {
  std::vector<std::string> cells;
  for (const auto* field : fields) cells.push_back(field->name());
  return CsvLine(cells);
}

std::string CsvRow(const Message& message, const Fields& fields) {
  std::vector<std::string> cells;
  for (const auto* field : fields) cells.push_back(FieldText(message, *field));
  return CsvLine(cells);
}

class TablePrinter : public ListPrinter {
 public:
  TablePrinter(CliContext& context, Fields fields)
      : context_(context),
        fields_(std::move(fields)),
        table_(TableOf(fields_, TextTable::Overflow::kCut)) {}

  void Add(const Message& item) override { table_.AddRow(DisplayCells(item, fields_)); }
  void Finish() override {
    if (table_.empty()) {
      context_.err << "nothing found\n";
    } else {
      table_.Print(context_.out, context_.width);
    }
  }

 private:
  CliContext& context_;
  const Fields fields_;
  TextTable table_;
};

class CsvPrinter : public ListPrinter {
 public:
  CsvPrinter(CliContext& context, Fields fields) : context_(context), fields_(std::move(fields)) {
    context_.out << CsvHeader(fields_);
  }

  void Add(const Message& item) override { context_.out << CsvRow(item, fields_); }
  void Finish() override {}

 private:
  CliContext& context_;
  const Fields fields_;
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
void PrintSubtable(CliContext& context, const Message& message, const FieldDescriptor& field) {
  const Fields fields = AllFields(*field.message_type());
  TextTable table = TableOf(fields, TextTable::Overflow::kWrap);
  const int size = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < size; ++i) {
    table.AddRow(
        DisplayCells(message.GetReflection()->GetRepeatedMessage(message, &field, i), fields));
  }
  context.out << field.name() << ":\n";
  table.Print(context.out, context.width, "  ");
}

bool IsSubtable(const FieldDescriptor& field) { return field.is_repeated() && IsStructured(field); }

void PrintFields(CliContext& context, const Message& message) {
  const Fields fields = AllFields(*message.GetDescriptor());
  size_t width = 0;
  for (const auto* field : fields) width = std::max(width, field->name().size());
  for (const auto* field : fields) {
    if (IsSubtable(*field)) continue;
    const std::string text = DisplayText(message, *field);
    if (text.empty()) continue;
    context.out << field->name() << std::string(width + 2 - field->name().size(), ' ')
                << absl::StrReplaceAll(text, {{"\n", "\n" + std::string(width + 2, ' ')}}) << '\n';
  }
  for (const auto* field : fields) {
    if (IsSubtable(*field) && message.GetReflection()->FieldSize(message, field) > 0) {
      PrintSubtable(context, message, *field);
    }
  }
}

}  // namespace

absl::StatusOr<Fields> FindFields(const Descriptor& type, absl::string_view names) {
  Fields fields;
  for (const absl::string_view name :
       absl::StrSplit(names, absl::ByAnyChar(" ,"), absl::SkipEmpty())) {
    const auto* field = type.FindFieldByName(std::string(name));
    if (field == nullptr) {
      const auto append = [](std::string* out, const FieldDescriptor* each) {
        out->append(each->name());
      };
      return absl::InvalidArgumentError(absl::StrCat("no column ", name, ": there are ",
                                                     absl::StrJoin(AllFields(type), ", ", append)));
    }
    fields.push_back(field);
  }
  return fields;
}

std::unique_ptr<ListPrinter> MakeListPrinter(CliContext& context, const Descriptor& type,
                                             const Fields& columns, bool csv_columns) {
  switch (context.format) {
    case Format::kJson:
      return std::make_unique<JsonPrinter>(context);
    case Format::kCsv:
      return std::make_unique<CsvPrinter>(context, csv_columns ? columns : AllFields(type));
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
      const Fields fields = AllFields(*message.GetDescriptor());
      context.out << CsvHeader(fields) << CsvRow(message, fields);
      return;
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
  std::string json;
  // Fails for an Any of a type that it does not know only, and there are none.
  static_cast<void>(google::protobuf::util::MessageToJsonString(message, &json, options));
  absl::StripTrailingAsciiWhitespace(&json);
  return absl::StrReplaceAll(json, {{"\n", absl::StrCat("\n", indent)}});
}

std::string CsvLine(const std::vector<std::string>& cells) {
  const auto append = [](std::string* out, const std::string& cell) {
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      out->append(cell);
    } else {
      absl::StrAppend(out, "\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"");
    }
  };
  return absl::StrCat(absl::StrJoin(cells, ",", append), "\n");
}

}  // namespace perennial::cli
