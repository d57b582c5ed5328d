#include "client/cli/renew_command.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/errors.h"
#include "client/cli/field_text.h"
#include "client/cli/find_renewal.h"
#include "client/cli/gate_hints.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "client/cli/renewal_steps.h"
#include "lib/base/money.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

struct Renew {
  std::string written;
  std::string arr;
  RenewalTerms terms;
};

// "13000" is in the currency of what is renewed.
absl::StatusOr<v1::Money> ArrOf(const std::string& text, const v1::Opportunity& renewal) {
  v1::Offer offer;
  if (text.empty()) return offer.arr();
  const bool has_currency = text.find_first_not_of("0123456789.") != std::string::npos;
  const auto& field = *v1::Offer::descriptor()->FindFieldByName("arr");
  const std::string whole =
      has_currency ? text : absl::StrCat(renewal.arr().currency_code(), " ", text);
  const absl::Status status = SetField(field, whole, offer);
  if (!status.ok()) return UsageError(absl::StrCat("--arr: ", status.message()));
  return offer.arr();
}

void PrintJson(const RenewalSteps& steps, CliContext& context) {
  context.out << "{\n  \"steps\": [";
  const char* separator = "\n";
  for (const RenewalSteps::Step& step : steps.steps()) {
    context.out << std::exchange(separator, ",\n") << "    {\"step\": " << JsonString(step.action)
                << ", \"text\": " << JsonString(step.text) << "}";
  }
  context.out << "\n  ],\n  \"unmet\": [";
  separator = "\n";
  for (const auto& criterion : steps.unmet()) {
    context.out << std::exchange(separator, ",\n") << "    " << JsonText(criterion, "    ");
  }
  context.out << "\n  ],\n  \"opportunity\": " << JsonText(steps.renewal(), "  ") << "\n}\n";
}

void PrintSteps(const RenewalSteps& steps, CliContext& context) {
  if (context.format == Format::kJson) return PrintJson(steps, context);
  if (context.format == Format::kCsv) {
    PrintCsvHeader(context, {"step", "text"});
    for (const auto& step : steps.steps()) PrintCsvRow(context, {step.action, step.text});
    for (const auto& each : steps.unmet()) {
      PrintCsvRow(context, {absl::StrCat("unmet ", v1::Criterion::Type_Name(each.type())),
                            each.description()});
    }
    return;
  }
  for (const RenewalSteps::Step& step : steps.steps()) context.out << step.text << '\n';
}

absl::StatusOr<ExitCode> Run(Renew renew, CliContext& context) {
  ASSIGN_OR_RETURN(const v1::Opportunity renewal, FindRenewal(renew.written, context));
  ASSIGN_OR_RETURN(renew.terms.arr, ArrOf(renew.arr, renewal));
  RenewalSteps steps(renewal, renew.terms, context);
  const absl::Status status = steps.Run();
  PrintSteps(steps, context);
  if (renew.terms.dry_run) context.err << "nothing was written: this only checked\n";
  RETURN_IF_ERROR(status);
  if (steps.unmet().empty()) return kOk;
  if (context.format == Format::kTable) {
    context.err << "perennial: it stops in " << v1::Opportunity::Stage_Name(steps.renewal().stage())
                << ", whose gate is not open; what would open it:\n";
    PrintUnmet(steps.unmet(), steps.renewal(), context.err);
    context.err << "Then run this again: it goes on from here. A manager may give "
                   "--override-reason.\n";
  }
  return kRefused;
}

}  // namespace

void AddRenewCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(
      app, "renew",
      "Renews on terms that the customer has accepted: makes the offer, or takes the one that "
      "stands and has these terms, sends it, has it accepted, passes the stages whose gates are "
      "open, and closes the renewal. Where a gate is not, it says what would open it (exit code "
      "1). Run again, it goes on from there.",
      "acme --arr=13000 --months=12 --by=jane");
  const auto renew = std::make_shared<Renew>();
  RenewalTerms& terms = renew->terms;
  auto* name =
      command->add_option("NAME", renew->written,
                          "The renewal, or its account where it has one open; a part of the name.");
  name->required();
  context.completions[name] = {{}, "accounts/{account}"};
  command->add_option("--arr", renew->arr,
                      "A year, such as 13000 in the renewal's currency, or 'USD 13000'. As the "
                      "offer that stands has it where there is one.");
  command->add_option("--months", terms.months, "Of the new term. The same.")
      ->check(CLI::Range(1, 120));
  command->add_option("--by", terms.by,
                      "Who accepts it for the customer: an id, an e-mail address or a part of the "
                      "name. Needed unless it is accepted already.");
  command->add_option("--override-reason", terms.override_reason,
                      "Why gates may be passed that are not open; needs the role MANAGER.");
  command->add_flag("--validate-only,--dry-run", terms.dry_run,
                    "Say what would be done and write nothing.");
  command->callback(
      [renew, &context] { context.command = [renew, &context] { return Run(*renew, context); }; });
}

}  // namespace perennial::cli
