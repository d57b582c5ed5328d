#include "client/cli/gate_hints.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/api/resource_name.h"

namespace perennial::cli {
namespace {

using v1::Criterion;
using v1::GateReport;

std::string FirstOr(const GateReport::CriterionResult& criterion, const char* otherwise) {
  return criterion.evidence().empty() ? otherwise : ShortName(criterion.evidence(0));
}

}  // namespace

std::string ShortName(absl::string_view name) {
  const std::vector<std::string> segments = absl::StrSplit(name, '/');
  std::vector<std::string> ids;
  for (size_t i = 1; i < segments.size(); i += 2) ids.push_back(segments[i]);
  return absl::StrJoin(ids, "/");
}

std::string CommandFor(const GateReport::CriterionResult& criterion,
                       const v1::Opportunity& opportunity) {
  const std::string account = ShortName(AccountOf(opportunity.name()));
  const std::string renewal = ShortName(opportunity.name());
  const std::string subscription = opportunity.subscriptions().empty()
                                       ? "SUBSCRIPTION"
                                       : ShortName(opportunity.subscriptions(0));
  switch (criterion.type()) {
    case Criterion::DECISION_ROLE_REACHED:
      return absl::StrCat("perennial touches log ", account, " called CONTACT, about \"TOPIC\"");
    case Criterion::CONTACTS_VERIFIED:
      return absl::StrCat("perennial contacts verify ", FirstOr(criterion, "CONTACT"));
    case Criterion::GAVE_BEFORE_ASKING:
      return absl::StrCat("perennial touches log ", account, " called CONTACT, gave \"WHAT\"");
    case Criterion::ADOPTION_REVIEW_HELD:
      return absl::StrCat("perennial reviews create ", subscription, " --contacts=CONTACT");
    case Criterion::CAPABILITIES_PRESENTED:
      return absl::StrCat("perennial reviews create ", subscription,
                          " --contacts=CONTACT --capabilities='[{\"capability\": \"",
                          criterion.evidence().empty() ? "CAPABILITY" : criterion.evidence(0),
                          "\", \"presented\": true}]'");
    case Criterion::FEEDBACK_ACKNOWLEDGED:
      return absl::StrCat("perennial feedback acknowledge ", FirstOr(criterion, "FEEDBACK"));
    case Criterion::EXPANSION_DECIDED:
      if (!criterion.evidence().empty()) {
        return absl::StrCat("perennial proposals accept ", ShortName(criterion.evidence(0)));
      }
      return absl::StrCat("perennial opportunities update ", renewal,
                          " --no-expansion-reason=REASON");
    case Criterion::OFFER_ACCEPTED:
      return absl::StrCat("perennial renew ", renewal, " --arr=ARR --months=MONTHS --by=CONTACT");
    default:
      return absl::StrCat("perennial opportunities gate ", renewal);
  }
}

std::vector<GateReport::CriterionResult> UnmetOf(const GateReport& report) {
  std::vector<GateReport::CriterionResult> unmet;
  std::copy_if(report.criteria().begin(), report.criteria().end(), std::back_inserter(unmet),
               [](const GateReport::CriterionResult& each) { return !each.met(); });
  return unmet;
}

void PrintUnmet(const std::vector<GateReport::CriterionResult>& unmet,
                const v1::Opportunity& opportunity, std::ostream& out) {
  for (const GateReport::CriterionResult& criterion : unmet) {
    out << "  " << Criterion::Type_Name(criterion.type()) << "  " << criterion.description()
        << "\n    " << CommandFor(criterion, opportunity) << '\n';
  }
}

}  // namespace perennial::cli
