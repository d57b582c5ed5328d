#include "client/cli/demand_command.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/field_option.h"
#include "client/cli/field_text.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "client/cli/text_table.h"
#include "lib/base/status.h"
#include "perennial/client/engagement_client.h"

namespace perennial::cli {
namespace {

using Topic = v1::FeedbackDemand::Topic;

std::string Share(const Topic& topic) {
  if (!topic.has_share_basis_points()) return "";
  const int share = topic.share_basis_points();
  return absl::StrFormat("%d.%02d%%", share / 100, share % 100);
}

void PrintTable(const v1::FeedbackDemand& demand, CliContext& context) {
  TextTable table({{"TOPIC"},
                   {"PRODUCT", false, /*is_name=*/true},
                   {"ASK", true},
                   {"OF", true},
                   {"SHARE", true},
                   {"ARR", true},
                   {"FEEDBACK", true},
                   {"UNDECIDED", true},
                   {"LAST"}},
                  TextTable::Overflow::kLeaveOut);
  for (const Topic& topic : demand.topics()) {
    table.AddRow({topic.topic(), topic.product(), absl::StrCat(topic.asking_count()),
                  absl::StrCat(topic.customer_count()), Share(topic), DisplayText(topic, "arr"),
                  absl::StrCat(topic.feedback_count()), absl::StrCat(topic.undecided_count()),
                  DisplayText(topic, "last_receive_time")});
  }
  if (table.empty()) {
    context.err << "nothing found\n";
  } else {
    PrintFitting(context, table);
  }
}

void PrintCsv(const v1::FeedbackDemand& demand, CliContext& context) {
  const auto printer = MakeListPrinter(context, *Topic::descriptor(), {}, false);
  for (const Topic& topic : demand.topics()) printer->Add(topic);
  printer->Finish();
}

absl::StatusOr<ExitCode> ShowDemand(const v1::GetFeedbackDemandRequest& request,
                                    CliContext& context) {
  const client::EngagementClient engagement(context.connection(), context.call_options());
  ASSIGN_OR_RETURN(const v1::FeedbackDemand demand, engagement.GetFeedbackDemand(request));
  switch (context.format) {
    case Format::kTable:
      PrintTable(demand, context);
      break;
    case Format::kCsv:
      PrintCsv(demand, context);
      break;
    case Format::kJson:
      PrintMessage(context, demand);
      return kOk;
  }
  if (demand.total_count() > demand.topics_size()) {
    context.err << "there are " << demand.total_count() << ": --topic-count shows more\n";
  }
  return kOk;
}

}  // namespace

void AddDemandCommand(CLI::App& app, CliContext& context) {
  CLI::App* command =
      AddCommand(app, "demand",
                 "How many customers ask for the same, and what they are worth: ASK of OF "
                 "customers who could. More than 50% are a majority.",
                 "--filter='type = IDEA AND receive_time >= \"2025-01-01\"'");
  const auto& type = *v1::GetFeedbackDemandRequest::descriptor();
  const auto& filter_field = *type.FindFieldByName("filter");
  const auto& count_field = *type.FindFieldByName("topic_count");
  const auto* filter = AddFieldOption(*command, "--filter", filter_field, context);
  const auto* count = AddFieldOption(*command, "--topic-count", count_field, context);
  command->callback([=, &filter_field, &count_field, &context] {
    v1::GetFeedbackDemandRequest request;
    SetFromOption(*filter, filter_field, request);
    SetFromOption(*count, count_field, request);
    context.command = [request, &context] { return ShowDemand(request, context); };
  });
}

}  // namespace perennial::cli
