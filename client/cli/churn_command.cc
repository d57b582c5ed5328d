#include "client/cli/churn_command.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/field_option.h"
#include "client/cli/field_text.h"
#include "client/cli/find_renewal.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "lib/base/status.h"
#include "perennial/client/pipeline_client.h"

namespace perennial::cli {
namespace {

absl::StatusOr<ExitCode> Churn(const std::string& written, v1::CloseOpportunityRequest request,
                               CliContext& context) {
  ASSIGN_OR_RETURN(const v1::Opportunity renewal, FindRenewal(written, context));
  request.set_name(renewal.name());
  request.set_outcome(v1::Opportunity::CHURNED);
  const client::PipelineClient pipeline(context.connection(), context.call_options());
  ASSIGN_OR_RETURN(const v1::Opportunity closed, pipeline.CloseOpportunity(request));
  if (context.format != Format::kTable) {
    PrintMessage(context, closed);
  } else {
    context.out << (request.validate_only() ? "would be closed as churned: " : "churned: ")
                << closed.display_name() << ", " << DisplayText(closed, "arr") << ", "
                << v1::ChurnReason_Name(closed.churn_reason()) << '\n';
  }
  if (request.validate_only()) context.err << "nothing was written: this only checked\n";
  return kOk;
}

}  // namespace

void AddChurnCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(
      app, "churn",
      "Closes a renewal because the customer leaves. The subscriptions end on the renewal date, "
      "or today where that is later.",
      "acme --reason=PRICE --note='half the price elsewhere' --competitor=Zephyr");
  const auto written = std::make_shared<std::string>();
  auto* name = command->add_option(
      "NAME", *written, "The renewal, or its account where it has one open; a part of the name.");
  name->required();
  context.completions[name] = {{}, "accounts/{account}"};
  std::vector<std::pair<const CLI::Option*, const google::protobuf::FieldDescriptor*>> options;
  const auto add = [&](const std::string& flags, const char* field_name) {
    const auto* field = v1::CloseOpportunityRequest::descriptor()->FindFieldByName(field_name);
    CLI::Option* option = AddFieldOption(*command, flags, *field, context);
    options.emplace_back(option, field);
    return option;
  };
  add("--reason", "churn_reason")->required();
  add("--note", "note");
  add("--competitor", "competitor");
  add("--validate-only,--dry-run", "validate_only");
  add("--request-id", "request_id");
  command->callback([=, &context] {
    v1::CloseOpportunityRequest request;
    for (const auto& [option, field] : options) SetFromOption(*option, *field, request);
    context.command = [=, &context] { return Churn(*written, request, context); };
  });
}

}  // namespace perennial::cli
