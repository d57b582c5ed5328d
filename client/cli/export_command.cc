#include "client/cli/export_command.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/exported_sheet.h"
#include "client/cli/field_text.h"
#include "client/cli/printer.h"
#include "client/cli/resources.h"
#include "client/cli/sheet.h"
#include "lib/api/rules.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::Message;

struct Export {
  std::map<std::string, CommandGroup> groups;
  std::string group;
  std::string columns;
  std::string filter;
  std::string delimiter = ",";
};

// What the lists show, and what people may change.
std::string DefaultColumns(const CommandGroup& group) {
  std::vector<std::string> paths;
  for (const Column& column : group.columns) paths.push_back(column.path);
  for (int i = 0; i < group.resource->field_count(); ++i) {
    const auto& field = *group.resource->field(i);
    const ExportColumn column = {field.name(), {field.name(), {&field}}, ""};
    const bool is_there = std::find(paths.begin(), paths.end(), field.name()) != paths.end();
    if (column.MaySet() && !is_there && !IsStructured(field)) paths.push_back(field.name());
  }
  return absl::StrJoin(paths, ",");
}

// "USD 50000.00" in its two columns.
void AddAmount(const std::string& text, std::vector<std::string>& cells) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  cells.push_back(parts.second);
  cells.push_back(parts.first);
}

std::vector<std::string> Header(const std::vector<ExportColumn>& columns) {
  std::vector<std::string> header = {"name", "etag"};
  for (const ExportColumn& column : columns) {
    header.push_back(column.path);
    if (column.IsAmount()) header.push_back(CurrencyColumn(column.path));
  }
  header.emplace_back(kExportedColumn);
  return header;
}

std::vector<std::string> Cells(const Message& resource, const std::vector<ExportColumn>& columns) {
  std::vector<std::string> cells = {TextOf(resource, "name"), TextOf(resource, "etag")};
  for (const ExportColumn& column : columns) {
    std::string text = ExportText(resource, column);
    if (column.IsAmount()) {
      AddAmount(text, cells);
    } else {
      cells.push_back(std::move(text));
    }
  }
  cells.push_back(ExportedMarks::Of(resource, columns));
  return cells;
}

absl::StatusOr<ExitCode> RunExport(const Export& options, const std::vector<ExportColumn>& columns,
                                   CliContext& context) {
  const char delimiter = options.delimiter[0];
  PrintCsvHeader(context, Header(columns), delimiter);
  int64_t count = 0;
  RETURN_IF_ERROR(ForEach(context, *options.groups.at(options.group).resource, options.filter,
                          [&](const Message& resource) {
                            PrintCsvRow(context, Cells(resource, columns), delimiter);
                            ++count;
                          }));
  context.err << count << " exported\n";
  return kOk;
}

std::string CheckDelimiter(const std::string& text) {
  return text == "," || text == ";" || text == "\t" ? "" : "expected a comma, semicolon or tab";
}

}  // namespace

void AddExportCommand(CLI::App& app, const std::map<std::string, CommandGroup>& groups,
                      CliContext& context) {
  CLI::App* command = AddCommand(
      app, "export",
      "CSV for a spreadsheet; what is changed there comes back with `perennial edit`. Amounts are "
      "numbers, with their currency in a column of its own; days are 2025-01-31. The column "
      "`exported` tells later what was changed: leave it as it is.",
      "opportunities --columns=display_name,owner,next_step,next_step_date,forecast_arr "
      "--filter='outcome = OPEN'");
  const auto options = std::make_shared<Export>();
  std::vector<std::string> names;
  for (const auto& [name, group] : groups) {
    if (group.resource == nullptr || FindListMethod(*group.resource) == nullptr) continue;
    options->groups.emplace(name, group);
    names.push_back(name);
  }
  auto* resource = command->add_option("RESOURCE", options->group, "What to export.");
  resource->required()->check([names](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end()
               ? ""
               : absl::StrCat("expected one of ", absl::StrJoin(names, ", "));
  });
  context.completions[resource] = {names, ""};
  command
      ->add_option(
          "--columns", options->columns,
          "Parted by commas, labels as labels.KEY; what lists show and what can be changed "
          "where not given.")
      ->type_name("TEXT,...");
  command->add_option("--filter", options->filter, "Such as 'owner = \"jane\"'.");
  command
      ->add_option("--delimiter", options->delimiter,
                   "Between the cells: ; for a spreadsheet that writes 1,5 for one and a half.")
      ->capture_default_str()
      ->check(CheckDelimiter);
  command->callback([options, &context] {
    const CommandGroup& group = options->groups.at(options->group);
    const auto columns = FindExportColumns(
        *group.resource, options->columns.empty() ? DefaultColumns(group) : options->columns);
    if (!columns.ok()) {
      throw CLI::ValidationError("--columns", std::string(columns.status().message()));
    }
    context.command = [options, columns = *columns, &context] {
      return RunExport(*options, columns, context);
    };
  });
}

}  // namespace perennial::cli
