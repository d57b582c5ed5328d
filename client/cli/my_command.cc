#include "client/cli/my_command.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/field_option.h"
#include "client/cli/field_text.h"
#include "client/cli/list_command.h"
#include "client/cli/method_command.h"
#include "client/cli/my_task_command.h"
#include "client/cli/printer.h"
#include "client/cli/text_table.h"
#include "client/cli/worklist.h"
#include "client/cli/worklist_file.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

// Of output that goes to no terminal.
constexpr size_t kWidth = 120;

struct My {
  std::string owner;             // the actor where empty
  v1::ListTasksRequest request;  // its `due`
  int64_t limit = 25;
};

void PrintTable(const std::vector<WorkItem>& items, CliContext& context) {
  TextTable table({{"NO", true}, {"DUE"}, {"WHAT"}, {"CUSTOMER"}, {"PERSON"}, {"BY"}, {"WHY"}},
                  TextTable::Overflow::kWrap);
  int number = 0;
  for (const WorkItem& item : items) {
    table.AddRow({absl::StrCat(++number), DisplayText(item.task, "due_date"), item.task.title(),
                  item.account.display_name(), PersonOf(item.contact), WayOf(item), WhyOf(item)});
  }
  table.Print(context.out, context.width == 0 ? kWidth : context.width);
}

void PrintCsv(const std::vector<WorkItem>& items, CliContext& context) {
  PrintCsvHeader(context,
                 {"number", "due_date", "title", "customer", "person", "channel", "address", "kind",
                  "renewal_date", "arr", "risk_level", "task", "contact", "opportunity"});
  int number = 0;
  for (const WorkItem& item : items) {
    const auto text = [](const google::protobuf::Message& message, const char* field) {
      return FieldText(message, *message.GetDescriptor()->FindFieldByName(field));
    };
    PrintCsvRow(context, {absl::StrCat(++number), text(item.task, "due_date"), item.task.title(),
                          item.account.display_name(), item.contact.display_name(),
                          text(item.task, "channel"), AddressOf(item.contact, item.task.channel()),
                          text(item.task, "kind"), text(item.opportunity, "renewal_date"),
                          text(item.opportunity, "arr"), text(item.opportunity, "risk_level"),
                          item.task.name(), item.contact.name(), item.opportunity.name()});
  }
}

void PrintJson(const std::vector<WorkItem>& items, CliContext& context) {
  int number = 0;
  for (const WorkItem& item : items) {
    context.out << (number == 0 ? "[\n" : ",\n");
    context.out << "  {\n    \"number\": " << ++number;
    const std::pair<const char*, const google::protobuf::Message*> parts[] = {
        {"task", &item.task},
        {"account", &item.account},
        {"contact", &item.contact},
        {"opportunity", &item.opportunity}};
    for (const auto& [key, message] : parts) {
      context.out << ",\n    \"" << key << "\": " << JsonText(*message, "    ");
    }
    context.out << "\n  }";
  }
  context.out << (number == 0 ? "[]\n" : "\n]\n");
}

absl::StatusOr<ExitCode> ShowMy(const My& my, CliContext& context) {
  const std::string owner = my.owner.empty() ? context.actor : my.owner;
  ASSIGN_OR_RETURN(const std::vector<WorkItem> items,
                   ReadWorklist(owner, my.request.due(), static_cast<int>(my.limit), context));
  std::vector<ListedTask> listed;
  for (const WorkItem& item : items) {
    listed.push_back({item.task.name(), item.task.etag(), item.task.title()});
  }
  const absl::Status kept = KeepListed(listed, context);
  if (!kept.ok()) context.err << kept.message() << '\n';
  switch (context.format) {
    case Format::kJson:
      PrintJson(items, context);
      return kOk;
    case Format::kCsv:
      PrintCsv(items, context);
      return kOk;
    case Format::kTable:
      break;
  }
  if (items.empty()) {
    context.err << "nothing is due for " << owner
                << ": --all looks further ahead, --owner at somebody else\n";
    return kOk;
  }
  PrintTable(items, context);
  if (my.limit != 0 && static_cast<int64_t>(items.size()) >= my.limit) {
    context.err << "there may be more: --limit=0 shows all\n";
  }
  return kOk;
}

}  // namespace

void AddMyCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(
      app, "my",
      "What you are to do this week, the longest due first: whom to call, by which number, and "
      "why. Where a task names nobody, somebody who decides is shown. You are --actor, or "
      "PERENNIAL_ACTOR, or else $USER: tasks are yours whose assignee is that, or has it before "
      "the @. The numbers are for `my done`, `my skip` and `my snooze`, until the next list.",
      "--due=TODAY");
  const auto my = std::make_shared<My>();
  my->request.set_due(v1::ListTasksRequest::THIS_WEEK);
  command->add_option("--owner", my->owner, "Somebody else's list.");
  const auto& field = *v1::ListTasksRequest::descriptor()->FindFieldByName("due");
  CLI::Option* due = AddFieldOption(*command, "--due", field, context);
  CLI::Option* all = command->add_flag("--all", "Whatever is open, also for later.");
  all->excludes(due);
  command->add_option("--limit", my->limit, "The most tasks to show; 0 shows all of them.")
      ->capture_default_str()
      ->check(CheckCount);
  command->require_subcommand(0, 1);
  AddMyTaskCommands(*command, context);
  command->callback([=, &field, &context] {
    if (!command->get_subcommands().empty()) return;
    SetFromOption(*due, field, my->request);
    if (all->count() > 0) my->request.clear_due();
    context.command = [my, &context] { return ShowMy(*my, context); };
  });
}

}  // namespace perennial::cli
