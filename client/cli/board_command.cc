#include "client/cli/board_command.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/field_option.h"
#include "client/cli/field_text.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "client/cli/text_table.h"
#include "lib/base/status.h"
#include "perennial/client/pipeline_client.h"

namespace perennial::cli {
namespace {

// A row for each stage and currency.
void PrintTable(const v1::Board& board, CliContext& context) {
  TextTable table({{"STAGE"},
                   {"COUNT", true},
                   {"ARR", true},
                   {"WEIGHTED", true},
                   {"OVERDUE", true},
                   {"OVERDUE ARR", true},
                   {"AT RISK", true},
                   {"AT RISK ARR", true}},
                  TextTable::Overflow::kLeaveOut);
  for (const v1::Board::Column& column : board.columns()) {
    const std::string count = absl::StrCat(column.count());
    const std::string overdue = absl::StrCat(column.overdue_count());
    const std::string at_risk = absl::StrCat(column.at_risk_count());
    const std::string stage = v1::Opportunity::Stage_Name(column.stage());
    if (column.amounts().empty()) table.AddRow({stage, count, "", "", overdue, "", at_risk, ""});
    bool first = true;
    for (const v1::Board::Amount& amount : column.amounts()) {
      table.AddRow({first ? stage : "", first ? count : "", DisplayText(amount, "arr"),
                    DisplayText(amount, "weighted_arr"), first ? overdue : "",
                    DisplayText(amount, "overdue_arr"), first ? at_risk : "",
                    DisplayText(amount, "at_risk_arr")});
      first = false;
    }
  }
  PrintFitting(context, table);
}

void PrintCsv(const v1::Board& board, CliContext& context) {
  PrintCsvHeader(context,
                 {"stage", "count", "overdue_count", "at_risk_count", "currency_code", "arr_micros",
                  "weighted_arr_micros", "overdue_arr_micros", "at_risk_arr_micros"});
  for (const v1::Board::Column& column : board.columns()) {
    for (const v1::Board::Amount& amount : column.amounts()) {
      PrintCsvRow(context,
                  {v1::Opportunity::Stage_Name(column.stage()), absl::StrCat(column.count()),
                   absl::StrCat(column.overdue_count()), absl::StrCat(column.at_risk_count()),
                   amount.arr().currency_code(), absl::StrCat(amount.arr().micros()),
                   absl::StrCat(amount.weighted_arr().micros()),
                   absl::StrCat(amount.overdue_arr().micros()),
                   absl::StrCat(amount.at_risk_arr().micros())});
    }
  }
}

absl::StatusOr<ExitCode> ShowBoard(const v1::GetBoardRequest& request, CliContext& context) {
  const client::PipelineClient pipeline(context.connection(), context.call_options());
  ASSIGN_OR_RETURN(const v1::Board board, pipeline.GetBoard(request));
  switch (context.format) {
    case Format::kTable:
      PrintTable(board, context);
      break;
    case Format::kCsv:
      PrintCsv(board, context);
      break;
    case Format::kJson:
      PrintMessage(context, board);
  }
  return kOk;
}

}  // namespace

void AddBoardCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(app, "board", "The open pipeline, stage by stage.",
                                 "--filter='owner = \"jane@example.com\"'");
  const auto& type = *v1::GetBoardRequest::descriptor();
  const auto& parent_field = *type.FindFieldByName("parent");
  const auto& filter_field = *type.FindFieldByName("filter");
  const auto& time_field = *type.FindFieldByName("read_time");
  const auto* parent = AddFieldOption(*command, "PARENT", parent_field, context);
  const auto* filter = AddFieldOption(*command, "--filter", filter_field, context);
  const auto* time = AddFieldOption(*command, "--read-time", time_field, context);
  context.completions[parent] = {{}, "accounts/{account}"};
  command->callback([=, &parent_field, &filter_field, &time_field, &context] {
    v1::GetBoardRequest request;
    request.set_parent("accounts/-");
    SetFromOption(*parent, parent_field, request);
    SetFromOption(*filter, filter_field, request);
    SetFromOption(*time, time_field, request);
    context.command = [request, &context] { return ShowBoard(request, context); };
  });
}

}  // namespace perennial::cli
