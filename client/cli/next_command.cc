#include "client/cli/next_command.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/field_text.h"
#include "client/cli/gate_hints.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "client/cli/worklist.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "perennial/client/pipeline_client.h"

namespace perennial::cli {
namespace {

// Of those that are due, as many as are weighed against each other.
constexpr int kMostTasks = 40;

// What to do now, in the order in which it is shown; what is empty is left out.
struct Next {
  std::vector<std::pair<const char*, std::string>> lines;
};

// The first to be due; of the same day that which most ARR depends on.
bool IsMoreUrgent(const WorkItem& a, const WorkItem& b) {
  const auto key = [](const WorkItem& item) {
    return std::pair(ToCivilDay(item.task.due_date()), -item.opportunity.arr().micros());
  };
  return key(a) < key(b);
}

std::string CommandForTask(const WorkItem& item) {
  const std::string task = ShortName(item.task.name());
  const bool is_touch = item.task.channel() != v1::CHANNEL_UNSPECIFIED;
  if (!is_touch) return absl::StrCat("perennial tasks complete ", task);
  const bool by_mail = item.task.channel() == v1::EMAIL;
  const char* intent = item.task.intent() == v1::Touch::GIVE  ? ", gave \"WHAT\""
                       : item.task.intent() == v1::Touch::ASK ? ", asked \"WHAT\""
                                                              : ", about \"WHAT\"";
  const std::string contact =
      item.contact.name().empty() ? "CONTACT" : std::string(IdOf(item.contact.name()));
  return absl::StrCat("perennial touches log ", ShortName(item.account.name()),
                      by_mail ? " mailed " : " called ", contact, intent, " does ",
                      IdOf(item.task.name()));
}

Next ForTask(const WorkItem& item) {
  return {{{"do", item.task.title()},
           {"due", DisplayText(item.task, "due_date")},
           {"for", item.account.display_name()},
           {"person", PersonOf(item.contact)},
           {"by", WayOf(item)},
           {"why", WhyOf(item)},
           {"task", item.task.name()},
           {"record", CommandForTask(item)}}};
}

Next ForGate(const v1::Opportunity& renewal, const v1::GateReport& report) {
  Next next;
  const auto unmet = UnmetOf(report);
  const std::string stage = v1::Opportunity::Stage_Name(report.stage());
  if (!unmet.empty()) {
    next.lines = {{"do", unmet.front().description()},
                  {"record", CommandFor(unmet.front(), renewal)}};
  } else if (report.stage() == v1::Opportunity::RENEWAL) {
    next.lines = {{"do", "Close it: what the gate asks for is there"},
                  {"record", absl::StrCat("perennial renew ", ShortName(renewal.name()))}};
  } else {
    next.lines = {
        {"do", absl::StrCat("Advance it: what the gate out of ", stage, " asks for is there")},
        {"record", absl::StrCat("perennial opportunities advance ", ShortName(renewal.name()))}};
  }
  next.lines.insert(
      next.lines.begin() + 1,
      {{"for", renewal.display_name()},
       {"why",
        absl::StrCat(stage, " of a renewal due ", DisplayText(renewal, "renewal_date"), ", ",
                     DisplayText(renewal, "arr"), ", risk ", DisplayText(renewal, "risk_level"))},
       {"opportunity", renewal.name()}});
  return next;
}

// Of the renewal that is due first the first thing that is missing, else the next move.
absl::StatusOr<Next> NextOfGates(const std::string& owner, CliContext& context) {
  const client::PipelineClient pipeline(context.connection(), context.call_options());
  v1::ListOpportunitiesRequest request;
  request.set_parent("accounts/-");
  request.set_filter(absl::StrCat("outcome = OPEN AND (", IsOwner("owner", owner), ")"));
  request.set_order_by("renewal_date");
  request.set_page_size(1);
  ASSIGN_OR_RETURN(const auto page, pipeline.ListOpportunities.Page(request));
  if (page.opportunities().empty()) return Next();
  const v1::Opportunity& renewal = page.opportunities(0);
  v1::CheckGateRequest check;
  check.set_name(renewal.name());
  ASSIGN_OR_RETURN(const v1::GateReport report, pipeline.CheckGate(check));
  return ForGate(renewal, report);
}

absl::StatusOr<Next> FindNext(const std::string& owner, CliContext& context) {
  ASSIGN_OR_RETURN(std::vector<WorkItem> due,
                   ReadWorklist(owner, v1::ListTasksRequest::TODAY, kMostTasks, context));
  if (!due.empty()) return ForTask(*std::min_element(due.begin(), due.end(), IsMoreUrgent));
  ASSIGN_OR_RETURN(Next next, NextOfGates(owner, context));
  if (!next.lines.empty()) return next;
  ASSIGN_OR_RETURN(due, ReadWorklist(owner, v1::ListTasksRequest::DUE_UNSPECIFIED, 1, context));
  return due.empty() ? next : ForTask(due.front());
}

void PrintNext(const Next& next, CliContext& context) {
  if (context.format == Format::kTable) {
    for (const auto& [key, text] : next.lines) {
      if (text.empty()) continue;
      context.out << key << std::string(13 - std::string(key).size(), ' ') << text << '\n';
    }
    return;
  }
  if (context.format == Format::kCsv) {
    PrintCsvHeader(context, {"key", "text"});
    for (const auto& [key, text] : next.lines) PrintCsvRow(context, {key, text});
    return;
  }
  const char* separator = "{\n";
  for (const auto& [key, text] : next.lines) {
    context.out << std::exchange(separator, ",\n") << "  \"" << key << "\": " << JsonString(text);
  }
  context.out << (next.lines.empty() ? "{}\n" : "\n}\n");
}

absl::StatusOr<ExitCode> ShowNext(const std::string& given, CliContext& context) {
  const std::string owner = given.empty() ? context.actor : given;
  ASSIGN_OR_RETURN(const Next next, FindNext(owner, context));
  if (next.lines.empty() && context.format == Format::kTable) {
    context.err << "nothing is to be done for " << owner
                << ": no open task, no open renewal; --owner looks at somebody else\n";
    return kOk;
  }
  PrintNext(next, context);
  return kOk;
}

}  // namespace

void AddNextCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(
      app, "next",
      "The one thing to do now, for whom, and the command that records it: the task that is due "
      "first; where none is due, what the gate of the renewal that is due first asks for. You are "
      "--actor, as with `perennial my`.",
      "--owner=jo@lumen.example");
  const auto owner = std::make_shared<std::string>();
  command->add_option("--owner", *owner, "What somebody else is to do.");
  command->callback([owner, &context] {
    context.command = [owner, &context] { return ShowNext(*owner, context); };
  });
}

}  // namespace perennial::cli
