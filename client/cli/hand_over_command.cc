#include "client/cli/hand_over_command.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/field_option.h"
#include "client/cli/list_command.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "client/cli/resources.h"
#include "client/cli/text_table.h"
#include "lib/base/status.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;

constexpr absl::Duration kTimeout = absl::Minutes(10);
constexpr size_t kNamedByDefault = 20;

struct HandOver {
  v1::HandOverRequest request;
  size_t limit = kNamedByDefault;
};

// What goes, of one type.
struct Handed {
  const char* type;  // for people
  const Descriptor* resource;
  const char* title;  // the field that says what it is
  int64_t count;
  std::vector<std::string> names;
};

std::vector<Handed> HandedIn(const v1::HandOverResponse& response) {
  const auto all = [](const auto& names) {
    return std::vector<std::string>(names.begin(), names.end());
  };
  return {{"account", v1::Account::descriptor(), "display_name", response.account_count(),
           all(response.accounts())},
          {"renewal", v1::Opportunity::descriptor(), "display_name", response.opportunity_count(),
           all(response.opportunities())},
          {"task", v1::Task::descriptor(), "title", response.task_count(), all(response.tasks())}};
}

std::string Counted(int64_t count, absl::string_view what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

std::string Summary(const v1::HandOverRequest& request, const v1::HandOverResponse& response) {
  return absl::StrCat(Counted(response.account_count(), "account"), ", ",
                      Counted(response.opportunity_count(), "open renewal"), " and ",
                      Counted(response.task_count(), "task"),
                      request.validate_only() ? " would go from " : " went from ",
                      request.from_owner(), " to ", request.to_owner());
}

// A row for each that is named, the first of each type; their texts as they are now.
absl::StatusOr<std::vector<std::vector<std::string>>> Rows(const v1::HandOverResponse& response,
                                                           size_t limit, CliContext& context) {
  std::vector<std::vector<std::string>> rows;
  for (Handed& handed : HandedIn(response)) {
    handed.names.resize(std::min(handed.names.size(), limit));
    ASSIGN_OR_RETURN(const auto found, ReadAll(context, *handed.resource, handed.names));
    for (const std::string& name : handed.names) {
      const auto one = found.find(name);
      rows.push_back(
          {handed.type, name, one == found.end() ? "" : TextOf(*one->second, handed.title)});
    }
  }
  return rows;
}

absl::StatusOr<ExitCode> RunHandOver(const HandOver& hand_over, CliContext& context) {
  v1::HandOverResponse response;
  RETURN_IF_ERROR(
      context.Call(FindMethod("AccountService.HandOver"), hand_over.request, response, kTimeout));
  if (context.format == Format::kJson) {
    PrintMessage(context, response);
    return kOk;
  }
  ASSIGN_OR_RETURN(const auto rows, Rows(response, hand_over.limit, context));
  if (context.format == Format::kCsv) {
    PrintCsvHeader(context, {"type", "name", "title"});
    for (const auto& row : rows) PrintCsvRow(context, row);
  } else {
    context.out << Summary(hand_over.request, response) << '\n';
    TextTable table({{"TYPE"}, {"NAME", false, /*is_name=*/true}, {"TITLE"}},
                    TextTable::Overflow::kLeaveOut);
    for (const auto& row : rows) table.AddRow(row);
    if (!table.empty()) PrintFitting(context, table);
  }
  const int64_t all =
      response.account_count() + response.opportunity_count() + response.task_count();
  if (static_cast<int64_t>(rows.size()) < all) {
    context.err << "there are " << all << ": --limit shows more\n";
  }
  if (hand_over.request.validate_only()) context.err << "nothing was written: this only checked\n";
  return kOk;
}

}  // namespace

void AddHandOverCommand(CLI::App& app, const char* verb, CliContext& context) {
  CLI::App* command =
      AddCommand(app, verb,
                 "What one person has goes to another: their accounts, open renewals, and tasks "
                 "that may still "
                 "be done; all of it or nothing. With --dry-run it shows what that is.",
                 "jo@lumen.example ada@lumen.example --reason='Jo moves to onboarding' --dry-run");
  const auto hand_over = std::make_shared<HandOver>();
  std::vector<std::pair<const CLI::Option*, const FieldDescriptor*>> options;
  const auto add = [&](const char* flags, const char* name) {
    const auto* field = v1::HandOverRequest::descriptor()->FindFieldByName(name);
    CLI::Option* option = AddFieldOption(*command, flags, *field, context);
    options.emplace_back(option, field);
    return option;
  };
  add("FROM", "from_owner")->required();
  add("TO", "to_owner")->required();
  add("--account", "account");
  add("--validate-only,--dry-run", "validate_only");
  add("--reason", "reason");
  add("--request-id", "request_id");
  command
      ->add_option("--limit", hand_over->limit, "How many of each type to name, of the first 1000.")
      ->capture_default_str()
      ->check(CheckCount);
  command->callback([=, &context] {
    for (const auto& [option, field] : options) {
      SetFromOption(*option, *field, hand_over->request);
    }
    std::string& account = *hand_over->request.mutable_account();
    if (!account.empty()) account = WholeName(account, "accounts/{account}");
    context.command = [=, &context] { return RunHandOver(*hand_over, context); };
  });
}

}  // namespace perennial::cli
