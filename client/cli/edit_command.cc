#include "client/cli/edit_command.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/bulk.h"
#include "client/cli/bulk_printer.h"
#include "client/cli/edited_sheet.h"
#include "client/cli/method_command.h"
#include "client/cli/sheet.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

struct Edit {
  std::string file;
  std::string encoding;
  std::string reason;
  bool dry_run = false;
};

absl::StatusOr<ExitCode> RunEdit(const Edit& edit, CliContext& context) {
  ASSIGN_OR_RETURN(const std::string text, ReadSheetText(edit.file, edit.encoding));
  ASSIGN_OR_RETURN(const EditedSheet sheet, EditedSheet::Parse(SheetName(edit.file), text));
  ASSIGN_OR_RETURN(const auto current, ReadAll(context, sheet.resource(), sheet.names()));
  ASSIGN_OR_RETURN(SheetEdits edits, sheet.Compare(current));
  for (BulkRow& row : edits.updates) SetText(*row.request, "reason", edit.reason);
  std::vector<BulkResult> results;
  const absl::Status status = RunBulk(context, *FindUpdateMethod(sheet.resource()),
                                      std::move(edits.updates), edit.dry_run, results);
  for (BulkResult& conflict : edits.conflicts) results.push_back(std::move(conflict));
  const ExitCode code = PrintBulk(context, results, edit.dry_run);
  if (edits.unchanged_rows > 0)
    context.err << "nothing was changed in " << edits.unchanged_rows << " more rows of the sheet\n";
  RETURN_IF_ERROR(status);
  return code;
}

}  // namespace

void AddEditCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(
      app, "edit",
      "Brings in the cells that were changed in a sheet from `perennial export`, whatever the "
      "spreadsheet made of commas, days and line ends. A cell that was changed here as well since "
      "the export is a conflict: it stays as it is here, and is shown.",
      "renewals.csv --reason='Forecast of the first quarter' --dry-run");
  const auto edit = std::make_shared<Edit>();
  command->add_option("FILE", edit->file, "The sheet as CSV, or - for standard input.")->required();
  command->add_flag("--validate-only,--dry-run", edit->dry_run,
                    "Show what would change, and write nothing.");
  command->add_option("--reason", edit->reason, "Why, for the history.");
  command->add_option("--encoding", edit->encoding, "Of the file, where it is not UTF-8.");
  command->callback(
      [edit, &context] { context.command = [edit, &context] { return RunEdit(*edit, context); }; });
}

}  // namespace perennial::cli
