#include "client/cli/renewal_steps.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/errors.h"
#include "client/cli/field_text.h"
#include "client/cli/gate_hints.h"
#include "client/cli/read_by_name.h"
#include "client/cli/touch_log.h"
#include "lib/api/resource_name.h"
#include "lib/base/money.h"
#include "lib/base/reason.h"
#include "lib/base/status.h"
#include "perennial/client/account_client.h"

namespace perennial::cli {
namespace {

using v1::Offer;
using v1::Opportunity;

std::string TermsText(const Offer& offer) {
  return absl::StrCat(DisplayText(offer, "arr"), " a year for ", offer.term_months(), " months");
}

bool Stands(const Offer& offer) { return offer.state() != Offer::REJECTED; }

}  // namespace

RenewalSteps::RenewalSteps(Opportunity renewal, RenewalTerms terms, CliContext& context)
    : renewal_(std::move(renewal)),
      terms_(std::move(terms)),
      context_(context),
      pipeline_(context.connection(), context.call_options()) {}

absl::Status RenewalSteps::Run() {
  RETURN_IF_ERROR(FindOffer());
  if (renewal_.outcome() != Opportunity::OPEN) {
    const bool is_done = renewal_.outcome() == Opportunity::RENEWED &&
                         offer_.name() == renewal_.accepted_offer() && !offer_.name().empty();
    if (!is_done) {
      return MakeError(absl::StatusCode::kFailedPrecondition, v1::WRONG_STATE,
                       absl::StrCat(renewal_.display_name(), " is ",
                                    Opportunity::Outcome_Name(renewal_.outcome()), " already"));
    }
    steps_.push_back(
        {"none", absl::StrCat("renewed already, on these terms: ", renewal_.display_name())});
    return absl::OkStatus();
  }
  if (offer_.state() != Offer::ACCEPTED) RETURN_IF_ERROR(FindContact());
  if (offer_.name().empty()) RETURN_IF_ERROR(Create());
  if (offer_.state() == Offer::DRAFT) RETURN_IF_ERROR(Send());
  if (offer_.state() == Offer::SENT) RETURN_IF_ERROR(Accept());
  return PassGates();
}

bool RenewalSteps::HasTheseTerms(const Offer& offer) const {
  const bool same_months = terms_.months == 0 || offer.term_months() == terms_.months;
  const bool any_arr = terms_.arr.currency_code().empty();
  return same_months && (any_arr || offer.arr() == terms_.arr);
}

// The one that stands and has these terms: what was accepted before what was sent.
absl::Status RenewalSteps::FindOffer() {
  v1::ListOffersRequest request;
  request.set_parent(renewal_.name());
  ASSIGN_OR_RETURN(offers_, ReadAll(pipeline_.ListOffers, request));
  const bool asks_for_any = terms_.months == 0 || terms_.arr.currency_code().empty();
  int fitting = 0;
  for (const Offer& offer : offers_) {
    if (!Stands(offer)) continue;
    if (!HasTheseTerms(offer)) {
      if (offer.state() != Offer::ACCEPTED || renewal_.outcome() != Opportunity::OPEN) continue;
      return MakeError(absl::StatusCode::kFailedPrecondition, v1::WRONG_STATE,
                       absl::StrCat(offer.name(), " was accepted for ", TermsText(offer),
                                    ": `perennial offers reject ", ShortName(offer.name()),
                                    "` first where that is not so any more"));
    }
    ++fitting;
    if (offer.state() > offer_.state()) offer_ = offer;
  }
  if (renewal_.outcome() != Opportunity::OPEN || !asks_for_any) return absl::OkStatus();
  if (fitting == 1 || offer_.state() == Offer::ACCEPTED) return absl::OkStatus();
  return UsageError(absl::StrCat("--arr and --months are needed: ", fitting == 0 ? "no" : "no one",
                                 " offer of ", renewal_.display_name(), " says them"));
}

// Before anything is written.
absl::Status RenewalSteps::FindContact() {
  if (terms_.by.empty()) {
    return UsageError("--by is needed: who accepts the offer for the customer");
  }
  const client::AccountClient accounts(context_.connection(), context_.call_options());
  v1::ListContactsRequest request;
  request.set_parent(std::string(AccountOf(renewal_.name())));
  request.set_filter("state = ACTIVE");
  ASSIGN_OR_RETURN(const std::vector<v1::Contact> contacts,
                   ReadAll(accounts.ListContacts, request));
  ASSIGN_OR_RETURN(const std::string name, cli::FindContact(terms_.by, contacts));
  const auto found = std::find_if(contacts.begin(), contacts.end(),
                                  [&](const v1::Contact& each) { return each.name() == name; });
  if (found != contacts.end()) contact_ = *found;
  contact_.set_name(name);
  if (contact_.display_name().empty()) contact_.set_display_name(name);
  return absl::OkStatus();
}

void RenewalSteps::Tell(const char* action, const std::string& done, const std::string& would) {
  steps_.push_back({action, terms_.dry_run ? would : done});
}

// By an id that its terms and those that were rejected before make, so that two who do it at once
// make one.
absl::Status RenewalSteps::Create() {
  v1::CreateOfferRequest request;
  request.set_parent(renewal_.name());
  const auto rejected = std::count_if(offers_.begin(), offers_.end(), [this](const Offer& each) {
    return !Stands(each) && HasTheseTerms(each);
  });
  std::string money = absl::StrReplaceAll(FormatMoney(terms_.arr), {{" ", "-"}, {".", "-"}});
  absl::AsciiStrToLower(&money);
  request.set_offer_id(absl::StrCat("m", terms_.months, "-", money,
                                    rejected == 0 ? "" : absl::StrCat("-", rejected + 1)));
  request.mutable_offer()->set_term_months(terms_.months);
  *request.mutable_offer()->mutable_arr() = terms_.arr;
  request.set_validate_only(terms_.dry_run);
  absl::StatusOr<Offer> made = pipeline_.CreateOffer(request);
  if (made.status().code() == absl::StatusCode::kAlreadyExists) {
    v1::GetOfferRequest get;
    get.set_name(absl::StrCat(renewal_.name(), "/offers/", request.offer_id()));
    made = pipeline_.GetOffer(get);
  }
  RETURN_IF_ERROR(made.status());
  offer_ = *made;
  Tell("create-offer", absl::StrCat("offered ", TermsText(offer_)),
       absl::StrCat("would offer ", TermsText(offer_)));
  return absl::OkStatus();
}

absl::Status RenewalSteps::Send() {
  if (terms_.dry_run) {
    offer_.set_state(Offer::SENT);
  } else {
    v1::SendOfferRequest request;
    request.set_name(offer_.name());
    ASSIGN_OR_RETURN(offer_, pipeline_.SendOffer(request));
  }
  Tell("send-offer", absl::StrCat("sent ", ShortName(offer_.name())), "would send it");
  return absl::OkStatus();
}

absl::Status RenewalSteps::Accept() {
  if (terms_.dry_run) {
    offer_.set_state(Offer::ACCEPTED);
  } else {
    v1::AcceptOfferRequest request;
    request.set_name(offer_.name());
    request.set_decided_by(contact_.name());
    ASSIGN_OR_RETURN(offer_, pipeline_.AcceptOffer(request));
  }
  Tell("accept-offer", absl::StrCat("accepted by ", contact_.display_name()),
       absl::StrCat("would be accepted by ", contact_.display_name()));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::GateReport::CriterionResult>> RenewalSteps::Unmet() {
  v1::CheckGateRequest request;
  request.set_name(renewal_.name());
  ASSIGN_OR_RETURN(const v1::GateReport report, pipeline_.CheckGate(request));
  std::vector<v1::GateReport::CriterionResult> unmet = UnmetOf(report);
  if (!terms_.dry_run) return unmet;
  // What the steps before would meet.
  const bool decides = std::any_of(contact_.roles().begin(), contact_.roles().end(), [](int role) {
    return role >= v1::Contact::DECISION_MAKER && role <= v1::Contact::CHAMPION;
  });
  unmet.erase(std::remove_if(unmet.begin(), unmet.end(),
                             [decides](const v1::GateReport::CriterionResult& each) {
                               return decides && each.type() == v1::Criterion::OFFER_ACCEPTED;
                             }),
              unmet.end());
  return unmet;
}

absl::Status RenewalSteps::PassGates() {
  while (renewal_.outcome() == Opportunity::OPEN) {
    ASSIGN_OR_RETURN(unmet_, Unmet());
    if (!unmet_.empty() && terms_.override_reason.empty()) return absl::OkStatus();
    const bool is_last = renewal_.stage() == Opportunity::RENEWAL;
    RETURN_IF_ERROR(is_last ? Close() : Advance());
    unmet_.clear();
    // What the next gate asks for shows once it is before it.
    if (terms_.dry_run) return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status RenewalSteps::Advance() {
  v1::AdvanceOpportunityRequest request;
  request.set_name(renewal_.name());
  request.set_from_stage(renewal_.stage());
  request.set_override_reason(terms_.override_reason);
  request.set_validate_only(terms_.dry_run);
  ASSIGN_OR_RETURN(renewal_, pipeline_.AdvanceOpportunity(request));
  const std::string stage = Opportunity::Stage_Name(renewal_.stage());
  Tell("advance", absl::StrCat("entered ", stage),
       absl::StrCat("would enter ", stage, ", and go on as far as the gates behind it allow"));
  return absl::OkStatus();
}

absl::Status RenewalSteps::Close() {
  v1::CloseOpportunityRequest request;
  request.set_name(renewal_.name());
  request.set_outcome(Opportunity::RENEWED);
  request.set_override_reason(terms_.override_reason);
  if (!terms_.dry_run) {
    ASSIGN_OR_RETURN(renewal_, pipeline_.CloseOpportunity(request));
  }
  Tell("close", absl::StrCat("renewed: ", renewal_.display_name(), ", ", TermsText(offer_)),
       absl::StrCat("would close it as renewed: ", TermsText(offer_)));
  return absl::OkStatus();
}

}  // namespace perennial::cli
