#include "client/cli/report_command.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/field_option.h"
#include "client/cli/list_command.h"
#include "client/cli/method_command.h"
#include "client/cli/reach_printer.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "perennial/client/clock_client.h"
#include "perennial/client/insight_client.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;

constexpr int kMonths = 12;
constexpr absl::Duration kTimeout = absl::Minutes(2);
constexpr char kColumns[] = "name outcome arr renewal_date reached reach_time owner";
constexpr char kPeriod[] =
    " Without --end-date the period ends on the day of --as-of, or today; without --start-date it "
    "is twelve months long.";

// Flags for fields of a request, or of the renewals that it is about.
class RequestFlags {
 public:
  // The flags that every report has.
  RequestFlags(CLI::App& command, const Descriptor& request, CliContext& context)
      : command_(command), context_(context) {
    const Descriptor& renewals = *v1::RenewalSelection::descriptor();
    for (int i = 0; i < renewals.field_count(); ++i) Add(*renewals.field(i), of_renewals_);
    const FieldDescriptor& as_of = *request.FindFieldByName("as_of_time");
    of_request_.emplace_back(AddFieldOption(command_, "--as-of", as_of, context_), &as_of);
  }

  CLI::Option* AddOfRequest(const FieldDescriptor& field) { return Add(field, of_request_); }

  template <class Request>
  Request Build() const {
    Request request;
    v1::RenewalSelection& renewals = *request.mutable_renewals();
    for (const auto& [option, field] : of_request_) SetFromOption(*option, *field, request);
    for (const auto& [option, field] : of_renewals_) SetFromOption(*option, *field, renewals);
    return request;
  }

 private:
  using Options = std::vector<std::pair<CLI::Option*, const FieldDescriptor*>>;

  CLI::Option* Add(const FieldDescriptor& field, Options& options) {
    options.emplace_back(AddFieldOption(command_, FlagName(field), field, context_), &field);
    return options.back().first;
  }

  CLI::App& command_;
  CliContext& context_;
  Options of_renewals_, of_request_;
};

// Fills in the period where it is not given. Today is where the server is.
template <class Request>
absl::Status SetPeriod(CliContext& context, Request& request) {
  v1::RenewalSelection& renewals = *request.mutable_renewals();
  if (!renewals.has_end_date()) {
    google::protobuf::Timestamp end = request.as_of_time();
    if (!request.has_as_of_time()) {
      const client::ClockClient clock(context.connection(), context.call_options());
      ASSIGN_OR_RETURN(const v1::ClockTime now, clock.GetTime({}));
      end = now.time();
    }
    *renewals.mutable_end_date() = ToDate(DayOf(end));
  }
  if (!renewals.has_start_date()) {
    *renewals.mutable_start_date() =
        ToDate(AddMonths(ToCivilDay(renewals.end_date()) + 1, -kMonths));
  }
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> ShowReach(v1::GetReachReportRequest request, CliContext& context) {
  RETURN_IF_ERROR(SetPeriod(context, request));
  const client::InsightClient insight(context.connection(), context.call_options(kTimeout));
  ASSIGN_OR_RETURN(const v1::ReachReport report, insight.GetReachReport(request));
  PrintReach(report, context);
  return kOk;
}

absl::StatusOr<ExitCode> ListReach(v1::ListReachOpportunitiesRequest request,
                                   const ListOptions& options, CliContext& context) {
  RETURN_IF_ERROR(SetPeriod(context, request));
  return PrintList(context, FindMethod("InsightService.ListReachOpportunities"), request, options);
}

void AddReach(CLI::App& report, CliContext& context) {
  CLI::App* command = AddCommand(
      report, "reach",
      absl::StrCat("Whether the customers whose renewals were due were reached, how early, how, "
                   "and after how many attempts.",
                   kPeriod,
                   " CSV has a row for each slice, or for the total where it is not "
                   "sliced; one for each currency where there are several."),
      "--start-date=2025-01-01 --end-date=2025-12-31 --slice-by=SEGMENT");
  const auto flags =
      std::make_shared<RequestFlags>(*command, *v1::GetReachReportRequest::descriptor(), context);
  command->callback([flags, &context] {
    const auto request = flags->Build<v1::GetReachReportRequest>();
    context.command = [request, &context] { return ShowReach(request, context); };
  });
}

void AddReachOpportunities(CLI::App& report, CliContext& context) {
  using Request = v1::ListReachOpportunitiesRequest;
  CLI::App* command = AddCommand(
      report, "reach-opportunities",
      absl::StrCat("The opportunities behind a figure of the reach report, by name.", kPeriod),
      "--figure=CHURNED_UNREACHED --end-date=2025-12-31");
  const Descriptor& type = *Request::descriptor();
  const auto flags = std::make_shared<RequestFlags>(*command, type, context);
  flags->AddOfRequest(*type.FindFieldByName("figure"))->required();
  flags->AddOfRequest(*type.FindFieldByName("slice"));
  const auto list = std::make_shared<ListOptions>();
  list->columns = *FindColumns(*v1::Opportunity::descriptor(), kColumns);
  AddListFlags(*command, *v1::Opportunity::descriptor(), *list);
  command->callback([flags, list, &context] {
    const auto request = flags->Build<Request>();
    context.command = [request, list, &context] { return ListReach(request, *list, context); };
  });
}

}  // namespace

void AddReportCommands(CLI::App& app, CliContext& context) {
  CLI::App& report = *app.add_subcommand("report", "The track record, in numbers");
  report.require_subcommand(1);
  report.footer("Example:\n  perennial report reach --slice-by=SEGMENT");
  AddReach(report, context);
  AddReachOpportunities(report, context);
}

}  // namespace perennial::cli
