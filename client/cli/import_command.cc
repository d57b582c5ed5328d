#include "client/cli/import_command.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/import/imported_fields.h"
#include "client/cli/import/run_import.h"
#include "client/cli/import/suggest.h"
#include "client/cli/import/text_functions.h"
#include "client/cli/list_command.h"
#include "client/cli/method_command.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

// The largest chunk that the server takes.
constexpr int kMaxChunkSize = 1000;

absl::StatusOr<ExitCode> Import(const ImportOptions& options, CliContext& context) {
  ASSIGN_OR_RETURN(const ImportSummary summary,
                   RunImport(options, context.connection(), context.call_options(), context.out,
                             context.width > 0 ? &context.err : nullptr));
  if (options.dry_run) context.err << "nothing was written: this only checked\n";
  return summary.rejected + summary.held_back == 0 ? kOk : kRefused;
}

void AddSuggestCommand(CLI::App& import, CliContext& context) {
  CLI::App* command =
      AddCommand(import, "suggest",
                 "Writes a mapping to start from, by the names, the headers and the "
                 "first values of a folder's CSV files.",
                 "export/");
  const auto folder = std::make_shared<std::string>();
  command->add_option("DIR", *folder, "The folder with the CSV files.")->required();
  command->callback([folder, &context] {
    context.command = [folder, &context]() -> absl::StatusOr<ExitCode> {
      ASSIGN_OR_RETURN(const std::string mapping, SuggestMapping(*folder));
      context.out << mapping;
      return kOk;
    };
  });
}

}  // namespace

void AddImportCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(
      app, "import",
      "Brings in the CSV files of a folder, as a mapping says that makes resources of their rows. "
      "Imported again, files change only what has changed in them since: what people have changed "
      "here stays, and is listed where the files have changed it too. A row that is rejected is "
      "listed with the reason, and the others go on.",
      "export/ --mapping=crm.textproto --dry-run");
  const auto options = std::make_shared<ImportOptions>();
  command->add_option("DIR", options->folder, "The folder with the CSV files.");
  command->add_option(
      "--mapping", options->mapping,
      "How rows become resources: perennial.internal.ImportMapping in protobuf's text "
      "format. See protos/internal/import_mapping.proto; `perennial import suggest "
      "DIR` writes one to start from.");
  command->add_flag("--dry-run,--validate-only", options->dry_run,
                    "Has the server check everything and write nothing.");
  command->add_flag("--strict", options->strict,
                    "A rejected row takes the other rows of its chunk with it.");
  command->add_option("--chunk-size", options->chunk_size, "Rows that are written as one.")
      ->check(CLI::Range(1, kMaxChunkSize))
      ->capture_default_str();
  command
      ->add_option_function<std::string>(
          "--on-conflict",
          [options](const std::string& policy) {
            if (policy == "take") options->on_conflict = v1::ImportRequest::TAKE;
            if (policy == "reject") options->on_conflict = v1::ImportRequest::REJECT;
          },
          "What becomes of a field that both the files and somebody here have changed: keep what "
          "is here (and say so), take what the files say, or reject the row.")
      ->check(CLI::IsMember({"keep", "take", "reject"}))
      ->default_str("keep");
  command->add_option(
      "--rejects", options->rejects_file,
      "Writes the rejected rows to this file, as CSV. It replaces what was there, but is "
      "none of the files that are read.");
  command->add_option("--rejects-shown", options->rejects_shown, "So many of them are printed.")
      ->check(CheckCount)
      ->capture_default_str();
  command->add_option("--reason", options->reason, "Why, for the history.");
  AddSuggestCommand(*command, context);
  command->footer(absl::StrCat(
      command->get_footer(), "\n\nTypes of resources: ", ImportedTypeList(),
      "\n\nFunctions in a mapping's texts, such as {name|id}:\n", DescribeFunctions()));
  command->callback([command, options, &context] {
    options->notes = &context.err;
    if (command->get_subcommands().empty()) {
      if (options->folder.empty()) throw CLI::RequiredError("DIR");
      if (options->mapping.empty()) throw CLI::RequiredError("--mapping");
      context.command = [options, &context] { return Import(*options, context); };
    }
  });
}

}  // namespace perennial::cli
