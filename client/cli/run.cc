#include "client/cli/run.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/errors.h"
#include "client/cli/help_formatter.h"
#include "lib/api/text.h"
#include "lib/base/utf8.h"

namespace perennial::cli {
namespace {

constexpr char kFooter[] = R"(Exit codes:
  0  done
  1  refused: the request is invalid, or its time has not come
  2  the command line is wrong
  3  not found
  4  no server answers, or it is too busy, or too late
  5  not allowed
  6  a fault of the server
  7  the output could not be written: the disk is full, or who reads it has gone
For bulk commands 1 means that some rows failed.

Examples:
  perennial board
  perennial opportunities list --filter='stage = RENEWAL' --format=csv
  perennial opportunities advance accounts/acme/opportunities/2025)";

// CLI11 takes the next argument for the value of "--flag=". Here it is empty.
std::vector<std::string> KeepEmptyValues(const std::vector<std::string>& args) {
  std::vector<std::string> kept;
  bool only_positionals = false;
  for (const std::string& arg : args) {
    only_positionals = only_positionals || arg == "--";
    const bool is_empty_value = !only_positionals && absl::StartsWith(arg, "--") &&
                                arg.size() > 3 && arg.find('=') == arg.size() - 1;
    kept.push_back(is_empty_value ? arg.substr(0, arg.size() - 1) : arg);
    if (is_empty_value) kept.emplace_back();
  }
  return kept;
}

// "5" is 5 seconds; "500ms", "2m".
absl::Duration ParseTimeout(const std::string& text) {
  double seconds;
  absl::Duration timeout;
  if (absl::SimpleAtod(text, &seconds) && std::isfinite(seconds)) {
    timeout = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, &timeout)) {
    timeout = absl::ZeroDuration();
  }
  if (timeout <= absl::ZeroDuration()) {
    throw CLI::ValidationError("--timeout", "expected a duration such as 5s or 500ms");
  }
  return timeout;
}

// CLI11's own words would show the numbers behind the formats.
Format ParseFormat(const std::string& text) {
  const std::string name = absl::AsciiStrToLower(text);
  if (name == "table") return Format::kTable;
  if (name == "json") return Format::kJson;
  if (name == "csv") return Format::kCsv;
  throw CLI::ValidationError("--format",
                             absl::StrCat("expected table, json or csv, not \"", text, "\""));
}

// The longest that servers take.
constexpr int kMaxActorLength = 200;

// The server's own words are about how the name comes to it.
std::string CheckActor(const std::string& text) {
  const std::optional<int> characters = CountCharacters(text);
  const bool is_one_line = text.find_first_of("\t\n") == std::string::npos;
  if (characters.has_value() && *characters <= kMaxActorLength && is_one_line) return "";
  return absl::StrCat("expected at most ", kMaxActorLength, " characters on one line");
}

void AddCommonFlags(CLI::App& app, CliContext& context) {
  app.add_option(
         "--server", context.server,
         "Where the server is; of several of one database, parted by commas, the first that "
         "answers is asked.")
      ->envname("PERENNIAL_SERVER")
      ->capture_default_str();
  app.add_option("--actor", context.actor, "Who you are, for the history. $USER where not given.")
      ->envname("PERENNIAL_ACTOR")
      ->check(CheckActor);
  CLI::Option* role =
      app.add_option("--role", context.role, "Call with this role instead of a higher one.")
          ->check(CLI::IsMember({"VIEWER", "EDITOR", "MANAGER", "ADMIN"}));
  app.add_option("--timeout", CLI::callback_t([&context](const CLI::results_t& results) {
                   context.timeout = ParseTimeout(results[0]);
                   return true;
                 }),
                 "How long to wait at most, such as 30s. 10s; longer for what takes long.");
  CLI::Option* format =
      app.add_option("--format", CLI::callback_t([&context](const CLI::results_t& results) {
                       context.format = ParseFormat(results[0]);
                       return true;
                     }),
                     "table for people, json or csv for programs.")
          ->type_name("FORMAT");
  app.add_flag("--csv-raw", context.csv_raw,
               "CSV: keep a text that a spreadsheet would run as a formula as it is, without the "
               "' before it.");
  app.add_flag("--csv-bom", context.csv_bom,
               "CSV: begin with a byte order mark, by which Excel knows UTF-8.");
  context.completions[role] = {{"VIEWER", "EDITOR", "MANAGER", "ADMIN"}, ""};
  context.completions[format] = {{"table", "json", "csv"}, ""};
}

// The command that the words led to, as far as they were understood.
const CLI::App& LastCommand(const CLI::App& app) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  return parsed.empty() ? app : LastCommand(*parsed.back());
}

// Prints help where it was asked for or nothing was, else what is wrong.
ExitCode PrintParseError(const CLI::App& app, const CLI::ParseError& error, CliContext& context) {
  if (error.get_exit_code() == 0) {
    app.exit(error, context.out, context.err);
    return kOk;
  }
  const CLI::App& command = LastCommand(app);
  const std::vector<std::string> unknown = app.remaining(true);
  const bool is_group = command.get_require_subcommand_min() > 0;
  if (is_group && unknown.empty()) {
    context.err << app.help();
    return kUsage;
  }
  context.err << "perennial: ";
  if (is_group) {
    context.err << "there is no command \"" << unknown.front() << "\"";
  } else {
    context.err << error.what();
  }
  context.err << "\nRun it with --help for more.\n";
  return kUsage;
}

ExitCode RunCommand(std::vector<std::string> args, CliContext& context) {
  const auto garbled = std::find_if_not(args.begin(), args.end(),
                                        [](const std::string& arg) { return IsUtf8(arg); });
  if (garbled != args.end()) {
    context.err << "perennial: " << absl::CHexEscape(*garbled) << " is not in UTF-8\n";
    return kUsage;
  }
  if (args.empty()) args = {"--help"};
  CLI::App app("Renewals from the command line.", "perennial");
  app.formatter(std::make_shared<HelpFormatter>());
  app.require_subcommand(1);
  app.fallthrough();  // the common flags may stand anywhere
  app.footer(kFooter);
  AddCommonFlags(app, context);
  AddCommands(app, context);
  try {
    args = KeepEmptyValues(args);
    std::reverse(args.begin(), args.end());
    app.parse(std::move(args));
  } catch (const CLI::ParseError& error) {
    return PrintParseError(app, error, context);
  }
  const absl::StatusOr<ExitCode> code = context.command();
  if (code.ok()) return *code;
  PrintError(context, code.status());
  return ExitCodeOf(code.status());
}

}  // namespace

ExitCode Run(std::vector<std::string> args, CliContext& context) {
  const ExitCode code = RunCommand(std::move(args), context);
  if (context.out.flush()) return code;
  context.err << "perennial: the output could not be written\n";
  return code == kOk ? kUnwritten : code;
}

}  // namespace perennial::cli
