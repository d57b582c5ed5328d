#include "client/cli/my_task_command.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/errors.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "client/cli/worklist_file.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/reason.h"
#include "lib/base/status.h"
#include "perennial/client/clock_client.h"
#include "perennial/client/engagement_client.h"

namespace perennial::cli {
namespace {

// What is asked of each of some tasks.
struct Asked {
  std::vector<int> numbers;
  std::string note, touch, reason, until;
  bool dry_run = false;
};
using Carry = std::function<absl::StatusOr<v1::Task>(const client::EngagementClient& engagement,
                                                     const ListedTask& task, const Asked& asked)>;

constexpr int kMostDays = 3650;

// "+7d", or a day.
std::optional<int> DaysAhead(absl::string_view text) {
  int days;
  if (!absl::ConsumePrefix(&text, "+") || !absl::ConsumeSuffix(&text, "d")) return std::nullopt;
  return absl::SimpleAtoi(text, &days) && days >= 0 && days <= kMostDays ? std::optional(days)
                                                                         : std::nullopt;
}

std::string CheckUntil(const std::string& text) {
  if (DaysAhead(text).has_value() || ParseDate(text).ok()) return "";
  return "expected a day such as 2025-02-28, or +7d";
}

// By the server's day.
absl::StatusOr<v1::Date> DayOf(const std::string& until, CliContext& context) {
  const std::optional<int> days = DaysAhead(until);
  if (!days.has_value()) return ParseDate(until);
  const client::ClockClient clock(context.connection(), context.call_options());
  ASSIGN_OR_RETURN(const v1::ClockTime now, clock.GetTime({}));
  return ToDate(perennial::DayOf(now.time()) + *days);
}

// What has become of a task that is not as it was listed.
absl::Status Stale(int number, const ListedTask& listed, const absl::Status& refused,
                   const client::EngagementClient& engagement) {
  v1::GetTaskRequest request;
  request.set_name(listed.name);
  const absl::StatusOr<v1::Task> now = engagement.GetTask(request);
  std::string what = "was deleted";
  if (now.ok()) {
    what = absl::StrCat("has changed: it is ", v1::Task::State_Name(now->state()));
    if (now->title() != listed.title) absl::StrAppend(&what, ", \"", now->title(), "\"");
  }
  return MakeError(refused.code(), ReasonOf(refused),
                   absl::StrCat(number, ", \"", listed.title, "\", ", what,
                                " since the list was shown: look at `perennial my` again"));
}

absl::StatusOr<v1::Task> CarryOut(int number, const std::vector<ListedTask>& listed,
                                  const Asked& asked, const Carry& carry,
                                  const client::EngagementClient& engagement) {
  const ListedTask& task = listed[static_cast<size_t>(number - 1)];
  absl::StatusOr<v1::Task> done = carry(engagement, task, asked);
  const bool is_stale = ReasonOf(done.status()) == v1::ETAG_MISMATCH ||
                        done.status().code() == absl::StatusCode::kNotFound;
  if (is_stale) return Stale(number, task, done.status(), engagement);
  return done;
}

absl::StatusOr<ExitCode> CarryOutAll(Asked asked, const char* what, const Carry& carry,
                                     CliContext& context) {
  ASSIGN_OR_RETURN(const std::vector<ListedTask> listed, ReadListed(context));
  for (const int number : asked.numbers) {
    if (number > static_cast<int>(listed.size())) {
      return UsageError(absl::StrCat("the list that was last shown has no ", number, ": it had ",
                                     listed.size(), " tasks; `perennial my` shows it anew"));
    }
  }
  if (!asked.until.empty()) {
    ASSIGN_OR_RETURN(const v1::Date day, DayOf(asked.until, context));
    asked.until = FormatDate(day);
  }
  const client::EngagementClient engagement(context.connection(), context.call_options());
  ExitCode code = kOk;
  std::vector<v1::Task> tasks;
  for (const int number : asked.numbers) {
    const absl::StatusOr<v1::Task> task = CarryOut(number, listed, asked, carry, engagement);
    if (!task.ok()) {
      PrintError(context, task.status());
      code = ExitCodeOf(task.status());
      continue;
    }
    tasks.push_back(*task);
    if (context.format != Format::kTable) continue;
    context.out << what << ": " << task->title() << " ("
                << AccountOf(task->name()).substr(std::string("accounts/").size()) << ")";
    if (!asked.until.empty()) context.out << " until " << asked.until;
    context.out << '\n';
  }
  if (context.format != Format::kTable) {
    const Columns columns = ColumnsOf(*v1::Task::descriptor());
    const auto printer = MakeListPrinter(context, *v1::Task::descriptor(), columns, false);
    for (const v1::Task& task : tasks) printer->Add(task);
    printer->Finish();
  }
  if (asked.dry_run) context.err << "nothing was written: this only checked\n";
  return code;
}

template <class Request>
Request RequestFor(const ListedTask& task, const Asked& asked) {
  Request request;
  request.set_name(task.name);
  request.set_etag(task.etag);
  request.set_validate_only(asked.dry_run);
  return request;
}

CLI::App* AddOne(CLI::App& my, const char* verb, const char* description, const char* example,
                 const std::shared_ptr<Asked>& asked, const char* what, const Carry& carry,
                 CliContext& context) {
  CLI::App* command = AddCommand(my, verb, description, example);
  command->add_option("NUMBER", asked->numbers, "Of the list that `perennial my` showed last.")
      ->required()
      ->check(CLI::PositiveNumber);
  command->add_flag("--validate-only,--dry-run", asked->dry_run,
                    "Check everything and write nothing.");
  command->callback([=, &context] {
    context.command = [=, &context] { return CarryOutAll(*asked, what, carry, context); };
  });
  return command;
}

void AddDone(CLI::App& my, CliContext& context) {
  const auto asked = std::make_shared<Asked>();
  CLI::App* command = AddOne(
      my, "done", "Tasks of the list are done.", "3 --note='she agrees to the review'", asked,
      "done",
      [](const auto& engagement, const ListedTask& task, const Asked& each) {
        auto request = RequestFor<v1::CompleteTaskRequest>(task, each);
        request.set_touch(each.touch);
        request.set_reason(each.note);
        return engagement.CompleteTask(request);
      },
      context);
  command->add_option("--note", asked->note, "What came of it, for the history.");
  CLI::Option* touch = command->add_option("--touch", asked->touch,
                                           "By which it was done; `touches log ... does TASK` "
                                           "records both at once.");
  context.completions[touch] = {{}, "accounts/{account}/touches/{touch}"};
}

void AddSkip(CLI::App& my, CliContext& context) {
  const auto asked = std::make_shared<Asked>();
  CLI::App* command = AddOne(
      my, "skip", "Tasks of the list are not going to be done.", "3 --reason='they moved'", asked,
      "skipped",
      [](const auto& engagement, const ListedTask& task, const Asked& each) {
        auto request = RequestFor<v1::SkipTaskRequest>(task, each);
        request.set_reason(each.reason);
        return engagement.SkipTask(request);
      },
      context);
  command->add_option("--reason", asked->reason, "Why.")->required();
}

void AddSnooze(CLI::App& my, CliContext& context) {
  const auto asked = std::make_shared<Asked>();
  CLI::App* command = AddOne(
      my, "snooze", "Tasks of the list are put off.", "3 --until=+7d --reason='on holiday'", asked,
      "snoozed",
      [](const auto& engagement, const ListedTask& task,
         const Asked& each) -> absl::StatusOr<v1::Task> {
        auto request = RequestFor<v1::SnoozeTaskRequest>(task, each);
        request.set_reason(each.reason);
        ASSIGN_OR_RETURN(*request.mutable_until(), ParseDate(each.until));
        return engagement.SnoozeTask(request);
      },
      context);
  command->add_option("--until", asked->until, "A day, or so many days from today: +7d.")
      ->required()
      ->check(CheckUntil);
  command->add_option("--reason", asked->reason, "Why.")->required();
}

}  // namespace

void AddMyTaskCommands(CLI::App& my, CliContext& context) {
  AddDone(my, context);
  AddSkip(my, context);
  AddSnooze(my, context);
}

}  // namespace perennial::cli
