#ifndef PERENNIAL_TESTS_CONFORMANCE_CUSTOMER_H_
#define PERENNIAL_TESTS_CONFORMANCE_CUSTOMER_H_

// A customer with what a renewal needs, set up through the API in a few words:
//
//   Customer acme(api());
//   const v1::Subscription pro = acme.Subscribe("arr {currency_code: 'USD' micros: 12000000000}");
//   const v1::Opportunity renewal = acme.Open({pro.name()});
//   acme.BringTo(v1::Opportunity::RENEWAL, renewal.name());
//
// Its methods fail the test where the server refuses what they ask for.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/adoption_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/expansion_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "tests/conformance/clients.h"

namespace perennial::conformance {

// "12000 USD", written as the protos' text: money is tested in whole units where it can be.
v1::Money Usd(int64_t units);
// `{seconds: ...}` of the first instant of the day, for texts of protos.
std::string TimeText(absl::CivilDay day);
std::string DateText(absl::CivilDay day);

// The Money of `arr`, in whole units; fails the test where there is more to it.
int64_t UnitsOf(const v1::Money& money);

class Customer {
 public:
  // An account, owned by somebody whom no other account has, a product with the capabilities
  // "reports" and "alerts", a champion and a user. A division of `parent` where that is given.
  explicit Customer(Clients& api, const std::string& parent = "");

  const std::string& account() const { return account_; }
  const std::string& owner() const { return owner_; }
  const std::string& product() const { return product_; }
  const std::string& champion() const { return champion_; }
  const std::string& user() const { return user_; }
  std::string Capability(absl::string_view id) const;

  // A playbook that this account follows, with `text` for what is in it.
  v1::Playbook Follow(const std::string& text);

  v1::Contact AddContact(const std::string& text);
  v1::AccountEvent Happened(const std::string& text);
  v1::Feedback Hear(const std::string& text);
  // Twelve months of the product from today on, at 12000 USD; `text` says what is otherwise.
  v1::Subscription Subscribe(const std::string& text = "");
  v1::Opportunity Open(const std::vector<std::string>& subscriptions);
  // With the champion, by phone, connected, outbound, a check-in; `text` says what is otherwise.
  v1::Touch Record(const std::string& text = "");
  v1::AdoptionReview Review(const std::string& subscription, const std::string& text = "");
  v1::Proposal Propose(const std::string& opportunity, const std::string& text);
  v1::Offer MakeOffer(const std::string& opportunity, const std::string& text);
  // Sent and accepted by the champion.
  v1::Offer Agree(const std::string& opportunity, const std::string& text);

  v1::Subscription Get(const v1::Subscription& subscription);
  v1::Opportunity Get(const v1::Opportunity& opportunity);
  v1::GateReport Gate(const std::string& opportunity);

  // Records what the default playbook's gate out of the stage asks for.
  void Earn(const v1::Opportunity& opportunity);
  v1::Opportunity Advance(const std::string& opportunity);
  // From OUTREACH on, each stage earned.
  v1::Opportunity BringTo(v1::Opportunity::Stage stage, const std::string& opportunity);
  v1::Opportunity CloseAsRenewed(const std::string& opportunity);
  v1::Opportunity CloseAsChurned(const std::string& opportunity, v1::ChurnReason reason);
  v1::Opportunity Reopen(const std::string& opportunity);

  std::vector<v1::Opportunity> Opportunities(const std::string& filter = "");
  std::vector<v1::Subscription> Subscriptions(const std::string& filter = "");
  std::vector<v1::StageTransition> Transitions(const std::string& opportunity);
  // The ledger, in the order in which it was written.
  std::vector<v1::ArrMovement> Movements(const std::string& filter = "");
  // In whole units, on a day: the sum of the ledger up to it and including it.
  int64_t Arr(absl::CivilDay day, const std::string& filter = "");

 private:
  Clients& api_;
  std::string owner_, account_, product_, champion_, user_;
};

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_CUSTOMER_H_
