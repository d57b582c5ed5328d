#include "tests/conformance/customer.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "tests/conformance/fixture.h"
#include "tests/conformance/matchers.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using v1::Opportunity;

constexpr int64_t kMicros = 1'000'000;

// The fields that `text` sets replace those of the message.
template <class T>
void Override(const std::string& text, T& message) {
  T given = ParseText<T>(text);
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  given.GetReflection()->ListFields(given, &fields);
  message.GetReflection()->SwapFields(&message, &given, fields);
}

}  // namespace

v1::Money Usd(int64_t units) { return MakeMoney("USD", units * kMicros); }

std::string DateText(absl::CivilDay day) {
  return absl::StrCat("{", ToDate(day).ShortDebugString(), "}");
}

std::string TimeText(absl::CivilDay day) {
  return absl::StrCat(
      "{", ToTimestamp(absl::FromCivil(day, absl::UTCTimeZone())).ShortDebugString(), "}");
}

int64_t UnitsOf(const v1::Money& money) {
  EXPECT_EQ(money.micros() % kMicros, 0) << money.ShortDebugString();
  EXPECT_EQ(money.currency_code(), "USD");
  return money.micros() / kMicros;
}

Customer::Customer(Clients& api, const std::string& parent)
    : api_(api), owner_(UniqueId("owner") + "@example.com") {
  v1::CreateAccountRequest account;
  account.set_account_id(UniqueId("customer"));
  account.mutable_account()->set_display_name("A customer");
  account.mutable_account()->set_owner(owner_);
  account.mutable_account()->set_parent_account(parent);
  account_ = Must(api_.accounts.CreateAccount(account)).name();

  v1::CreateProductRequest product;
  product.set_product_id(UniqueId("product"));
  *product.mutable_product() = ParseText<v1::Product>(
      "display_name: 'A product' capabilities {id: 'reports'} capabilities {id: 'alerts'}");
  product_ = Must(api_.catalog.CreateProduct(product)).name();

  champion_ = AddContact("display_name: 'A champion' roles: CHAMPION").name();
  user_ = AddContact("display_name: 'A user' roles: BUSINESS_USER").name();
}

std::string Customer::Capability(absl::string_view id) const {
  return absl::StrCat(product_, "/capabilities/", id);
}

v1::Playbook Customer::Follow(const std::string& text) {
  v1::CreatePlaybookRequest request;
  request.set_playbook_id(UniqueId("playbook"));
  v1::Playbook& playbook = *request.mutable_playbook();
  playbook.set_display_name("A playbook");
  playbook.set_account_filter(absl::StrCat("owner = \"", owner_, "\""));
  playbook.set_priority(10);
  Override(text, playbook);
  return Must(api_.pipeline.CreatePlaybook(request));
}

v1::Contact Customer::AddContact(const std::string& text) {
  v1::CreateContactRequest request;
  request.set_parent(account_);
  *request.mutable_contact() = ParseText<v1::Contact>(text);
  return Must(api_.accounts.CreateContact(request));
}

v1::AccountEvent Customer::Happened(const std::string& text) {
  v1::CreateAccountEventRequest request;
  request.set_parent(account_);
  *request.mutable_account_event() = ParseText<v1::AccountEvent>(text);
  return Must(api_.accounts.CreateAccountEvent(request));
}

v1::Feedback Customer::Hear(const std::string& text) {
  v1::CreateFeedbackRequest request;
  request.set_parent(account_);
  *request.mutable_feedback() = ParseText<v1::Feedback>(text);
  return Must(api_.engagement.CreateFeedback(request));
}

v1::Subscription Customer::Subscribe(const std::string& text) {
  v1::CreateSubscriptionRequest request;
  request.set_parent(account_);
  v1::Subscription& subscription = *request.mutable_subscription();
  subscription.set_product(product_);
  subscription.set_seats(10);
  subscription.set_term_months(12);
  *subscription.mutable_arr() = Usd(12000);
  const absl::Time now = ToTime(Must(api_.clock.GetTime({})).time());
  *subscription.mutable_start_date() = ToDate(absl::ToCivilDay(now, absl::UTCTimeZone()));
  Override(text, subscription);
  return Must(api_.subscriptions.CreateSubscription(request));
}

v1::Opportunity Customer::Open(const std::vector<std::string>& subscriptions) {
  v1::CreateOpportunityRequest request;
  request.set_parent(account_);
  *request.mutable_opportunity()->mutable_subscriptions() = {subscriptions.begin(),
                                                             subscriptions.end()};
  return Must(api_.pipeline.CreateOpportunity(request));
}

v1::Touch Customer::Record(const std::string& text) {
  v1::CreateTouchRequest request;
  request.set_parent(account_);
  v1::Touch& touch = *request.mutable_touch();
  touch = ParseText<v1::Touch>(
      "channel: PHONE direction: OUTBOUND disposition: CONNECTED intent: CHECK_IN");
  touch.add_contacts(champion_);
  Override(text, touch);
  return Must(api_.engagement.CreateTouch(request));
}

v1::AdoptionReview Customer::Review(const std::string& subscription, const std::string& text) {
  v1::CreateAdoptionReviewRequest request;
  request.set_parent(subscription);
  request.mutable_adoption_review()->add_contacts(champion_);
  Override(text, *request.mutable_adoption_review());
  return Must(api_.adoption.CreateAdoptionReview(request));
}

v1::Proposal Customer::Propose(const std::string& opportunity, const std::string& text) {
  v1::CreateProposalRequest request;
  request.set_parent(opportunity);
  *request.mutable_proposal() = ParseText<v1::Proposal>(text);
  return Must(api_.expansion.CreateProposal(request));
}

v1::Offer Customer::MakeOffer(const std::string& opportunity, const std::string& text) {
  v1::CreateOfferRequest request;
  request.set_parent(opportunity);
  request.mutable_offer()->set_term_months(12);
  Override(text, *request.mutable_offer());
  return Must(api_.pipeline.CreateOffer(request));
}

v1::Offer Customer::Agree(const std::string& opportunity, const std::string& text) {
  v1::SendOfferRequest send;
  send.set_name(MakeOffer(opportunity, text).name());
  Must(api_.pipeline.SendOffer(send));
  v1::AcceptOfferRequest accept;
  accept.set_name(send.name());
  accept.set_decided_by(champion_);
  return Must(api_.pipeline.AcceptOffer(accept));
}

v1::Subscription Customer::Get(const v1::Subscription& subscription) {
  v1::GetSubscriptionRequest request;
  request.set_name(subscription.name());
  return Must(api_.subscriptions.GetSubscription(request));
}

v1::Opportunity Customer::Get(const v1::Opportunity& opportunity) {
  v1::GetOpportunityRequest request;
  request.set_name(opportunity.name());
  return Must(api_.pipeline.GetOpportunity(request));
}

v1::GateReport Customer::Gate(const std::string& opportunity) {
  v1::CheckGateRequest request;
  request.set_name(opportunity);
  return Must(api_.pipeline.CheckGate(request));
}

void Customer::Earn(const Opportunity& opportunity) {
  if (opportunity.stage() == Opportunity::OUTREACH) {
    Record("intent: GIVE");
    v1::VerifyContactRequest verify;
    verify.set_name(champion_);
    Must(api_.accounts.VerifyContact(verify));
  } else if (opportunity.stage() == Opportunity::ADOPTION_REVIEW) {
    for (const std::string& subscription : opportunity.subscriptions()) {
      Review(subscription, absl::StrCat("capabilities {capability: '", Capability("reports"),
                                        "' presented: true} capabilities {capability: '",
                                        Capability("alerts"), "' reason: 'Not for them'}"));
    }
  } else if (opportunity.stage() == Opportunity::UPSELL) {
    v1::UpdateOpportunityRequest update;
    update.mutable_opportunity()->set_name(opportunity.name());
    update.mutable_opportunity()->set_no_expansion_reason("They have all that they need");
    Must(api_.pipeline.UpdateOpportunity(update));
  } else {
    Agree(opportunity.name(), absl::StrCat("arr {", opportunity.arr().ShortDebugString(), "}"));
  }
}

Opportunity Customer::Advance(const std::string& opportunity) {
  v1::AdvanceOpportunityRequest request;
  request.set_name(opportunity);
  return Must(api_.pipeline.AdvanceOpportunity(request));
}

Opportunity Customer::BringTo(Opportunity::Stage stage, const std::string& opportunity) {
  Opportunity brought;
  brought.set_name(opportunity);
  brought = Get(brought);
  while (brought.stage() < stage && !testing::Test::HasFailure()) {
    Earn(brought);
    brought = Advance(opportunity);
  }
  return brought;
}

Opportunity Customer::CloseAsRenewed(const std::string& opportunity) {
  v1::CloseOpportunityRequest request;
  request.set_name(opportunity);
  request.set_outcome(Opportunity::RENEWED);
  return Must(api_.pipeline.CloseOpportunity(request));
}

Opportunity Customer::CloseAsChurned(const std::string& opportunity, v1::ChurnReason reason) {
  v1::CloseOpportunityRequest request;
  request.set_name(opportunity);
  request.set_outcome(Opportunity::CHURNED);
  request.set_churn_reason(reason);
  return Must(api_.pipeline.CloseOpportunity(request));
}

Opportunity Customer::Reopen(const std::string& opportunity) {
  v1::ReopenOpportunityRequest request;
  request.set_name(opportunity);
  request.set_reason("It was not decided after all");
  return Must(api_.pipeline.ReopenOpportunity(request));
}

std::vector<Opportunity> Customer::Opportunities(const std::string& filter) {
  v1::ListOpportunitiesRequest request;
  request.set_parent(account_);
  request.set_filter(filter);
  return MustList(api_.pipeline.ListOpportunities(request));
}

std::vector<v1::Subscription> Customer::Subscriptions(const std::string& filter) {
  v1::ListSubscriptionsRequest request;
  request.set_parent(account_);
  request.set_filter(filter);
  return MustList(api_.subscriptions.ListSubscriptions(request));
}

std::vector<v1::StageTransition> Customer::Transitions(const std::string& opportunity) {
  v1::ListStageTransitionsRequest request;
  request.set_parent(opportunity);
  return MustList(api_.pipeline.ListStageTransitions(request));
}

std::vector<v1::ArrMovement> Customer::Movements(const std::string& filter) {
  v1::ListArrMovementsRequest request;
  request.set_parent(account_);
  request.set_filter(filter);
  return MustList(api_.subscriptions.ListArrMovements(request));
}

int64_t Customer::Arr(absl::CivilDay day, const std::string& filter) {
  int64_t units = 0;
  for (const v1::ArrMovement& movement : Movements(filter)) {
    if (ToCivilDay(movement.effective_date()) <= day) units += UnitsOf(movement.delta());
  }
  return units;
}

}  // namespace perennial::conformance
