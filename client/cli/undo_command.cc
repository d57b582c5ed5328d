#include "client/cli/undo_command.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "client/cli/text_table.h"
#include "client/cli/undo_hint.h"
#include "lib/base/ids.h"
#include "lib/base/status.h"
#include "perennial/client/history_client.h"

namespace perennial::cli {
namespace {

using Result = v1::RevertChangesResponse::Result;

// Of changes that are taken back at once.
constexpr int kPageSize = 1000;
constexpr int kDryPageSize = 2000;

struct UndoFlags {
  std::vector<std::string> request_ids;
  v1::RevertChangesRequest request;
};

struct Undone {
  std::vector<Result> results;
  int64_t reverted = 0, refused = 0, unchanged = 0;
  int calls = 0;
};

// Takes back all of a request, page by page. What was done before an error counts.
absl::Status UndoRequest(const client::HistoryClient& history, v1::RevertChangesRequest request,
                         Undone& undone) {
  do {
    ASSIGN_OR_RETURN(v1::RevertChangesResponse response, history.RevertChanges(request));
    ++undone.calls;
    undone.reverted += response.reverted_count();
    undone.refused += response.refused_count();
    undone.unchanged += response.unchanged_count();
    for (Result& result : *response.mutable_results()) undone.results.push_back(std::move(result));
    request.set_before_revision(response.next_revision());
  } while (request.before_revision() != 0);
  return absl::OkStatus();
}

std::string What(const Result& result, bool dry_run) {
  if (result.has_error()) return absl::StrCat("refused: ", result.error().reason());
  const char* would = dry_run ? "would be " : "";
  switch (result.operation()) {
    case v1::Change::CREATED:
      return absl::StrCat(would, "created again");
    case v1::Change::DELETED:
      return absl::StrCat(would, "deleted");
    default:
      return absl::StrCat(would, "changed back");
  }
}

std::string Details(const Result& result) {
  std::vector<std::string> parts;
  if (result.has_error()) {
    for (const v1::RowError::Violation& violation : result.error().violations()) {
      parts.push_back(absl::StrCat(violation.subject(), ": ", violation.description()));
    }
    return parts.empty() ? result.error().message() : absl::StrJoin(parts, "; ");
  }
  const auto shown = [](const std::string& text) { return text.empty() ? "nothing" : text; };
  for (const v1::RevertChangesResponse::FieldChange& field : result.fields()) {
    parts.push_back(absl::StrCat(field.field(), ": ", shown(field.old_value()), " -> ",
                                 shown(field.new_value())));
  }
  return absl::StrJoin(parts, "; ");
}

void PrintResults(const std::vector<Result>& results, bool dry_run, CliContext& context) {
  if (context.format == Format::kJson) {
    const auto printer = MakeListPrinter(context, *Result::descriptor(), {}, false);
    for (const Result& result : results) printer->Add(result);
    return printer->Finish();
  }
  TextTable table({{"NAME"}, {"WHAT"}, {"CHANGE"}}, TextTable::Overflow::kWrap);
  if (context.format == Format::kCsv) PrintCsvHeader(context, {"name", "what", "change"});
  for (const Result& result : results) {
    std::vector<std::string> cells = {result.resource_name(), What(result, dry_run),
                                      Details(result)};
    if (context.format == Format::kCsv) {
      PrintCsvRow(context, std::move(cells));
    } else {
      table.AddRow(std::move(cells));
    }
  }
  if (!table.empty()) table.Print(context.out, context.width);
}

void PrintSummary(const Undone& undone, const v1::RevertChangesRequest& request,
                  CliContext& context) {
  const bool dry_run = request.validate_only();
  context.err << undone.reverted << (dry_run ? " would be taken back, " : " taken back, ")
              << undone.refused << " refused, " << undone.unchanged
              << " with nothing left to take back\n";
  if (dry_run && undone.calls > 1 && undone.refused > 0) {
    context.err << "what is in use by others that would be deleted before is shown as refused\n";
  }
  if (dry_run) {
    context.err << "nothing was written: this only checked\n";
  } else if (undone.reverted > 0) {
    context.err << UndoHint({request.run()});
  }
}

absl::StatusOr<ExitCode> UndoAll(const UndoFlags& flags, CliContext& context) {
  const client::HistoryClient history(context.connection(), context.call_options());
  v1::RevertChangesRequest request = flags.request;
  request.set_run(NewRequestId());
  request.set_page_size(request.validate_only() ? kDryPageSize : kPageSize);
  Undone undone;
  absl::Status status;
  // The last one of several first.
  for (auto id = flags.request_ids.rbegin(); id != flags.request_ids.rend() && status.ok(); ++id) {
    request.set_reverted_request_id(*id);
    status = UndoRequest(history, request, undone);
  }
  if (undone.calls == 0) return status;
  PrintResults(undone.results, request.validate_only(), context);
  PrintSummary(undone, request, context);
  RETURN_IF_ERROR(status);
  return undone.refused == 0 ? kOk : kRefused;
}

}  // namespace

void AddUndoCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(
      app, "undo",
      "Takes back what a call, an import or another undo has changed: what many commands print as "
      "`undo with`, and `perennial changes` as request_id. What somebody has changed since is "
      "refused, row by row, and says who did so.",
      "0b7c2f3e-6c0d-4a59-9d3e-2f6b1a7c9e10 --dry-run");
  const auto flags = std::make_shared<UndoFlags>();
  command
      ->add_option(
          "REQUEST", flags->request_ids,
          "What to take back; several, in the order in which they were made, for a command "
          "that made several calls.")
      ->required();
  command->add_flag_callback(
      "--validate-only,--dry-run", [flags] { flags->request.set_validate_only(true); },
      "Says what would be done to each resource, and writes nothing.");
  command->add_option_function<std::string>(
      "--reason", [flags](const std::string& reason) { flags->request.set_reason(reason); },
      "Why, for the history.");
  command->add_option_function<std::string>(
      "--by", [flags](const std::string& actor) { flags->request.set_actor(actor); },
      "Who made it, where several have used the same request_id.");
  command->callback([flags, &context] {
    context.command = [flags, &context] { return UndoAll(*flags, context); };
  });
}

}  // namespace perennial::cli
