#ifndef PERENNIAL_CLIENT_CLI_PRINTER_H_
#define PERENNIAL_CLIENT_CLI_PRINTER_H_

// Messages on stdout, in the format that the user chose.

#include <memory>
#include <string>
#include <vector>

#include "client/cli/cli_context.h"
#include "client/cli/column.h"
#include "client/cli/text_table.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

// Prints a list while it is read: a table once it is complete, CSV with a header, or a
// JSON array.
class ListPrinter {
 public:
  virtual ~ListPrinter() = default;
  virtual void Add(const google::protobuf::Message& item) = 0;
  // Needed once, at the end, even where nothing was added.
  virtual void Finish() = 0;
};

// `columns` are for the table, and for CSV where `csv_columns` is true: it has every
// field otherwise.
std::unique_ptr<ListPrinter> MakeListPrinter(CliContext& context,
                                             const google::protobuf::Descriptor& type,
                                             const Columns& columns, bool csv_columns);

// A table that leaves out columns that do not fit: says which, and `advice`, how to see them.
void PrintFitting(CliContext& context, const TextTable& table,
                  absl::string_view advice = "--format=json shows all");

// One message: its fields one below the other, CSV of one row, or JSON.
void PrintMessage(CliContext& context, const google::protobuf::Message& message);

// A message as JSON with a line end, every line but the first indented.
std::string JsonText(const google::protobuf::Message& message, absl::string_view indent = "");

// A text as JSON has it, with its quotes.
std::string JsonString(const std::string& text);

// A line of CSV.
std::string CsvLine(const std::vector<std::string>& cells, char delimiter = ',');

// The first and each further line of CSV on `context.out`. Unless --csv-raw is given, a text that a
// spreadsheet would run as a formula gets a ' before it, as OWASP has it.
void PrintCsvHeader(CliContext& context, const std::vector<std::string>& names,
                    char delimiter = ',');
void PrintCsvRow(CliContext& context, std::vector<std::string> cells, char delimiter = ',');

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_PRINTER_H_
