#include "client/cli/advance_command.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/field_option.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "client/cli/text_table.h"
#include "lib/api/fields.h"
#include "lib/api/filter.h"
#include "lib/base/status.h"
#include "perennial/client/pipeline_client.h"

namespace perennial::cli {
namespace {

using Result = v1::BatchOpportunitiesResponse::Result;

constexpr int kBatchSize = 500;
constexpr int kPageSize = 1000;
constexpr absl::Duration kBatchTimeout = absl::Minutes(2);

struct Advance {
  std::vector<std::string> names;
  std::string filter;  // where there are no names
  // What goes for each of them.
  v1::AdvanceOpportunityRequest request;
};

// The open ones that match. Each is to leave the stage it was seen in, so that running the same
// command twice moves none twice.
absl::StatusOr<std::vector<v1::AdvanceOpportunityRequest>> FindMatches(
    const client::PipelineClient& pipeline, const Advance& advance) {
  // By itself first, so that what is wrong with it is said to be where it stands.
  const FieldTable& fields = FieldTable::Of(*v1::Opportunity::descriptor());
  RETURN_IF_ERROR(Filter::Parse(advance.filter, fields).status());
  v1::ListOpportunitiesRequest list;
  list.set_parent("accounts/-");
  list.set_page_size(kPageSize);
  list.set_filter(absl::StrCat("outcome = OPEN AND (", advance.filter, ")"));
  if (advance.request.from_stage() != v1::Opportunity::STAGE_UNSPECIFIED) {
    absl::StrAppend(list.mutable_filter(),
                    " AND stage = ", v1::Opportunity::Stage_Name(advance.request.from_stage()));
  }
  std::vector<v1::AdvanceOpportunityRequest> requests;
  for (absl::StatusOr<v1::Opportunity>& opportunity : pipeline.ListOpportunities(list)) {
    RETURN_IF_ERROR(opportunity.status());
    requests.push_back(advance.request);
    requests.back().set_name(opportunity->name());
    requests.back().set_from_stage(opportunity->stage());
  }
  return requests;
}

// Appends the results of all, by as many calls as it takes. What was done before an error counts.
absl::Status AdvanceAll(const client::PipelineClient& pipeline,
                        std::vector<v1::AdvanceOpportunityRequest> requests, bool validate_only,
                        std::vector<Result>& results) {
  for (size_t i = 0; i < requests.size();) {
    v1::BatchAdvanceOpportunitiesRequest batch;
    batch.set_validate_only(validate_only);
    for (; i < requests.size() && batch.requests_size() < kBatchSize; ++i) {
      *batch.add_requests() = std::move(requests[i]);
    }
    ASSIGN_OR_RETURN(v1::BatchOpportunitiesResponse response,
                     pipeline.BatchAdvanceOpportunities(batch));
    for (Result& result : *response.mutable_results()) results.push_back(std::move(result));
  }
  return absl::OkStatus();
}

std::string Outcome(const Result& result, bool validate_only) {
  if (result.has_error()) return result.error().reason();
  return absl::StrCat(validate_only ? "would enter " : "entered ",
                      v1::Opportunity::Stage_Name(result.opportunity().stage()));
}

// What a result needs to succeed, piece by piece; one empty piece where it did.
std::vector<std::string> Needs(const Result& result) {
  std::vector<std::string> needs;
  for (const v1::RowError::Violation& violation : result.error().violations()) {
    needs.push_back(absl::StrCat(violation.subject(), ": ", violation.description()));
  }
  if (needs.empty()) needs.push_back(result.error().message());
  return needs;
}

// A row for each result, and one for each further thing that it needs.
void PrintTable(const std::vector<Result>& results, bool validate_only, CliContext& context) {
  TextTable table({{"NAME"}, {"RESULT"}, {"NEEDS"}}, TextTable::Overflow::kWrap);
  for (const Result& result : results) {
    bool first = true;
    for (const std::string& need : Needs(result)) {
      table.AddRow({first ? result.name() : "", first ? Outcome(result, validate_only) : "", need});
      first = false;
    }
  }
  if (!table.empty()) table.Print(context.out, context.width);
}

void PrintResults(const std::vector<Result>& results, bool validate_only, CliContext& context) {
  if (context.format == Format::kTable) return PrintTable(results, validate_only, context);
  if (context.format == Format::kCsv) {
    PrintCsvHeader(context, {"name", "result", "needs"});
    for (const Result& result : results) {
      PrintCsvRow(context, {result.name(), Outcome(result, validate_only),
                            absl::StrJoin(Needs(result), "; ")});
    }
    return;
  }
  const auto printer = MakeListPrinter(context, *Result::descriptor(), {}, false);
  for (const Result& result : results) printer->Add(result);
  printer->Finish();
}

absl::StatusOr<ExitCode> AdvanceMany(const Advance& advance, CliContext& context) {
  const client::PipelineClient pipeline(context.connection(), context.call_options(kBatchTimeout));
  std::vector<v1::AdvanceOpportunityRequest> requests;
  for (const std::string& name : advance.names) {
    requests.push_back(advance.request);
    requests.back().set_name(name);
  }
  if (requests.empty()) {
    ASSIGN_OR_RETURN(requests, FindMatches(pipeline, advance));
  }
  const bool validate_only = advance.request.validate_only();
  for (auto& request : requests) request.clear_validate_only();
  std::vector<Result> results;
  const absl::Status status = AdvanceAll(pipeline, std::move(requests), validate_only, results);
  PrintResults(results, validate_only, context);
  const auto failed = std::count_if(results.begin(), results.end(),
                                    [](const Result& result) { return result.has_error(); });
  context.err << results.size() - static_cast<size_t>(failed)
              << (validate_only ? " would advance, " : " advanced, ") << failed << " not\n";
  RETURN_IF_ERROR(status);
  return failed == 0 ? kOk : kRefused;
}

absl::StatusOr<ExitCode> AdvanceOne(const Advance& advance, CliContext& context) {
  const client::PipelineClient pipeline(context.connection(), context.call_options());
  v1::AdvanceOpportunityRequest request = advance.request;
  request.set_name(advance.names[0]);
  ASSIGN_OR_RETURN(const v1::Opportunity opportunity, pipeline.AdvanceOpportunity(request));
  PrintMessage(context, opportunity);
  if (request.validate_only()) context.err << "nothing was written: this only checked\n";
  return kOk;
}

}  // namespace

void AddAdvanceCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(
      app, "advance",
      "Moves opportunities one stage forward: those that are named, or all open ones that match a "
      "filter. Of several each moves by itself; what the others need is shown.",
      "--filter='renewal_date < \"2025-07-01\"' --from-stage=OUTREACH --dry-run");
  const auto advance = std::make_shared<Advance>();
  auto* names = command->add_option("NAME", advance->names, "What to advance.");
  auto* filter = command->add_option("--filter", advance->filter, "Over opportunities.");
  names->excludes(filter);
  context.completions[names] = {{}, "accounts/{account}/opportunities/{opportunity}"};

  std::vector<std::pair<const CLI::Option*, const google::protobuf::FieldDescriptor*>> options;
  const auto add = [&](const std::string& flags, const char* field_name) {
    const auto* field = v1::AdvanceOpportunityRequest::descriptor()->FindFieldByName(field_name);
    CLI::Option* option = AddFieldOption(*command, flags, *field, context);
    options.emplace_back(option, field);
    return option;
  };
  add("--from-stage", "from_stage");
  add("--override-reason", "override_reason");
  add("--validate-only,--dry-run", "validate_only");
  CLI::Option* etag = add("--etag", "etag");
  CLI::Option* request_id = add("--request-id", "request_id");

  command->callback([=, &context] {
    for (const auto& [option, field] : options) SetFromOption(*option, *field, advance->request);
    if (names->count() + filter->count() == 0) throw CLI::RequiredError("NAME or --filter");
    const bool one = advance->names.size() == 1;
    if (!one && etag->count() + request_id->count() > 0) {
      throw CLI::ValidationError("--etag and --request-id", "are for one opportunity only");
    }
    context.command = [=, &context] {
      return one ? AdvanceOne(*advance, context) : AdvanceMany(*advance, context);
    };
  });
}

}  // namespace perennial::cli
