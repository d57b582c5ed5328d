// Offers and proposals: what is in them, and who decides.

#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using v1::Opportunity;
using v1::Proposal;

std::string Arr(int64_t units) {
  return absl::StrCat("arr {", Usd(units).ShortDebugString(), "} ");
}

class DealTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    customer_.emplace(api());
    pro_ = customer().Subscribe(Arr(12000)).name();
    team_ = customer().Subscribe(Arr(6000)).name();
    opportunity_ = customer().Open({pro_, team_});
  }

  Customer& customer() { return *customer_; }
  const std::string& pro() const { return pro_; }
  const std::string& team() const { return team_; }
  const Opportunity& opportunity() const { return opportunity_; }

  std::string Lines(int64_t pro, int64_t team) const {
    return absl::StrCat("lines {subscription: '", pro_, "' ", Arr(pro), "} lines {subscription: '",
                        team_, "' ", Arr(team), "}");
  }
  absl::StatusOr<v1::Offer> Offer(const std::string& text) {
    v1::CreateOfferRequest request;
    request.set_parent(opportunity_.name());
    *request.mutable_offer() = ParseText<v1::Offer>("term_months: 12 " + text);
    return api().pipeline.CreateOffer(request);
  }
  absl::StatusOr<v1::Offer> Update(const v1::Offer& offer, const std::vector<std::string>& paths) {
    v1::UpdateOfferRequest request;
    *request.mutable_offer() = offer;
    *request.mutable_update_mask()->mutable_paths() = {paths.begin(), paths.end()};
    return api().pipeline.UpdateOffer(request);
  }
  absl::StatusOr<v1::Offer> Send(const v1::Offer& offer) {
    v1::SendOfferRequest request;
    request.set_name(offer.name());
    return api().pipeline.SendOffer(request);
  }
  absl::StatusOr<v1::Offer> Accept(const v1::Offer& offer, const std::string& contact) {
    v1::AcceptOfferRequest request;
    request.set_name(offer.name());
    request.set_decided_by(contact);
    request.set_note("Gladly");
    return api().pipeline.AcceptOffer(request);
  }
  absl::StatusOr<v1::Offer> Reject(const v1::Offer& offer, const std::string& contact = "") {
    v1::RejectOfferRequest request;
    request.set_name(offer.name());
    request.set_decided_by(contact);
    request.set_note("Too long");
    return api().pipeline.RejectOffer(request);
  }
  absl::Status Delete(const v1::Offer& offer) {
    v1::DeleteOfferRequest request;
    request.set_name(offer.name());
    return api().pipeline.DeleteOffer(request);
  }

 private:
  std::optional<Customer> customer_;
  std::string pro_, team_;
  Opportunity opportunity_;
};

using OffersTest = DealTest;
INSTANTIATE_ON_EVERY_ENGINE(OffersTest);

TEST_P(OffersTest, ShareTheirArrOutToTheCent) {
  const v1::Offer offer = Must(Offer(Arr(10000)));
  EXPECT_EQ(offer.state(), v1::Offer::DRAFT);
  ASSERT_EQ(offer.lines_size(), 2);
  EXPECT_EQ(offer.lines(0).arr().micros(), 6666670000);
  EXPECT_EQ(offer.lines(1).arr().micros(), 3333330000);
}

TEST_P(OffersTest, AddTheirLinesUp) {
  EXPECT_EQ(UnitsOf(Must(Offer(Lines(7000, 4000))).arr()), 11000);
  EXPECT_EQ(UnitsOf(Must(Offer(Lines(7000, 4000) + Arr(11000))).arr()), 11000);
  EXPECT_THAT(Offer(Lines(7000, 4000) + Arr(11001)), IsInvalid("offer.arr"));
  EXPECT_THAT(Offer(""), IsInvalid("offer.arr"));
  EXPECT_THAT(Offer(Arr(-1)), IsInvalid("offer.arr"));
  EXPECT_THAT(Offer(Lines(7000, -1)), IsInvalid("offer.lines[1].arr"));
  EXPECT_THAT(Offer("arr {currency_code: 'EUR' micros: 10000}"),
              IsInvalid("offer.arr.currency_code"));
}

TEST_P(OffersTest, HaveOneLineForEachSubscription) {
  const std::string one = absl::StrCat("lines {subscription: '", pro(), "' ", Arr(1), "}");
  EXPECT_THAT(Offer(one), IsInvalid("offer.lines"));
  EXPECT_THAT(Offer(one + one), IsInvalid("offer.lines[1].subscription"));
  const std::string other = customer().Subscribe().name();
  EXPECT_THAT(Offer(absl::StrCat(Lines(1, 1), "lines {subscription: '", other, "' ", Arr(1), "}")),
              IsInvalid("offer.lines[2].subscription"));
}

TEST_P(OffersTest, ChangeTheirAmountsAsDrafts) {
  v1::Offer offer = Must(Offer(Arr(10000)));
  // As clients do who read, change and write: everything is in the message.
  *offer.mutable_arr() = Usd(9000);
  offer = Must(Update(offer, {"arr"}));
  EXPECT_EQ(UnitsOf(offer.arr()), 9000);
  EXPECT_EQ(UnitsOf(offer.lines(0).arr()), 6000);
  EXPECT_EQ(UnitsOf(offer.lines(1).arr()), 3000);

  *offer.mutable_lines(1)->mutable_arr() = Usd(2000);
  offer = Must(Update(offer, {"lines"}));
  EXPECT_EQ(UnitsOf(offer.arr()), 8000);
  EXPECT_EQ(UnitsOf(offer.lines(1).arr()), 2000);

  *offer.mutable_lines(0)->mutable_arr() = Usd(5000);
  *offer.mutable_arr() = Usd(7000);
  offer = Must(Update(offer, {"*"}));
  EXPECT_EQ(UnitsOf(offer.arr()), 7000);
  *offer.mutable_arr() = Usd(7001);
  *offer.mutable_lines(0)->mutable_arr() = Usd(5002);
  EXPECT_THAT(Update(offer, {"*"}), IsInvalid("offer.arr"));

  v1::Offer patch;
  patch.set_name(offer.name());
  *patch.mutable_arr() = Usd(7700);
  offer = Must(Update(patch, {}));
  EXPECT_EQ(offer.lines(0).arr().micros() + offer.lines(1).arr().micros(), Usd(7700).micros());
}

TEST_P(OffersTest, GoFromDraftToSentToAccepted) {
  v1::Offer offer = Must(Offer(Arr(18000)));
  EXPECT_THAT(Accept(offer, customer().champion()), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Reject(offer), FailsWith(v1::WRONG_STATE));
  offer = Must(Send(offer));
  EXPECT_EQ(offer.state(), v1::Offer::SENT);
  EXPECT_EQ(ToTime(offer.send_time()), Now());
  EXPECT_THAT(Send(offer), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Update(offer, {"note"}), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Delete(offer), FailsWith(v1::WRONG_STATE));

  offer = Must(Accept(offer, customer().champion()));
  EXPECT_EQ(offer.state(), v1::Offer::ACCEPTED);
  EXPECT_EQ(offer.decided_by(), customer().champion());
  EXPECT_EQ(offer.decide_note(), "Gladly");
  EXPECT_EQ(ToTime(offer.decide_time()), Now());
  EXPECT_THAT(Accept(offer, customer().champion()), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Delete(offer), FailsWith(v1::WRONG_STATE));
}

TEST_P(OffersTest, OneIsAcceptedAtMost) {
  const v1::Offer first = customer().Agree(opportunity().name(), Arr(18000));
  const v1::Offer second = Must(Send(Must(Offer(Arr(17000)))));
  EXPECT_THAT(Accept(second, customer().champion()), FailsWith(v1::WRONG_STATE));
  const v1::Offer rejected = Must(Reject(first, customer().user()));
  EXPECT_EQ(rejected.state(), v1::Offer::REJECTED);
  EXPECT_EQ(rejected.decided_by(), customer().user());
  EXPECT_EQ(rejected.decide_note(), "Too long");
  EXPECT_THAT(Accept(second, customer().champion()), IsOk());
}

TEST_P(OffersTest, AreDecidedByThoseWhoAreThere) {
  const v1::Offer offer = Must(Send(Must(Offer(Arr(18000)))));
  Customer other(api());
  EXPECT_THAT(Accept(offer, other.champion()), IsInvalid("decided_by"));
  EXPECT_THAT(Accept(offer, customer().account() + "/contacts/nobody"),
              IsNotFound(customer().account() + "/contacts/nobody"));
  v1::MarkContactLeftRequest left;
  left.set_name(customer().user());
  Must(api().accounts.MarkContactLeft(left));
  EXPECT_THAT(Accept(offer, customer().user()), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Reject(offer, customer().user()), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Accept(offer, customer().champion()), IsOk());
}

TEST_P(OffersTest, AreOfOpenOpportunities) {
  const v1::Offer draft = Must(Offer(Arr(18000)));
  const v1::Offer sent = Must(Send(Must(Offer(Arr(18000)))));
  customer().CloseAsChurned(opportunity().name(), v1::PRICE);
  EXPECT_THAT(Offer(Arr(18000)), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Send(draft), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Update(draft, {"note"}), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Accept(sent, customer().champion()), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Reject(sent), FailsWith(v1::WRONG_STATE));
}

class ProposalsTest : public DealTest {
 protected:
  absl::StatusOr<Proposal> Propose(const std::string& text) {
    v1::CreateProposalRequest request;
    request.set_parent(opportunity().name());
    *request.mutable_proposal() = ParseText<Proposal>(text);
    return api().expansion.CreateProposal(request);
  }
  Proposal Upsell() {
    return Must(Propose(Arr(100) + "type: UPSELL subscription: '" + pro() + "'"));
  }
  absl::StatusOr<Proposal> Accept(const Proposal& proposal) {
    v1::AcceptProposalRequest request;
    request.set_name(proposal.name());
    request.set_note("Why not");
    return api().expansion.AcceptProposal(request);
  }
  absl::StatusOr<Proposal> Decline(const Proposal& proposal) {
    v1::DeclineProposalRequest request;
    request.set_name(proposal.name());
    request.set_reason("Too much");
    return api().expansion.DeclineProposal(request);
  }
  absl::StatusOr<Proposal> Withdraw(const Proposal& proposal) {
    v1::WithdrawProposalRequest request;
    request.set_name(proposal.name());
    request.set_reason("Not yet built");
    return api().expansion.WithdrawProposal(request);
  }
  absl::StatusOr<Proposal> Note(const Proposal& proposal) {
    v1::UpdateProposalRequest request;
    request.mutable_proposal()->set_name(proposal.name());
    request.mutable_proposal()->set_rationale("It helps");
    return api().expansion.UpdateProposal(request);
  }
  absl::Status Delete(const Proposal& proposal) {
    v1::DeleteProposalRequest request;
    request.set_name(proposal.name());
    return api().expansion.DeleteProposal(request);
  }
};
INSTANTIATE_ON_EVERY_ENGINE(ProposalsTest);

TEST_P(ProposalsTest, AreOfThreeTypes) {
  const std::string product = "product: '" + customer().product() + "' ";
  const std::string subscription = "subscription: '" + pro() + "' ";
  Customer division(api(), customer().account());
  const std::string target = "target_account: '" + division.account() + "' ";

  EXPECT_THAT(Propose(Arr(1) + "type: UPSELL " + subscription), IsOk());
  EXPECT_THAT(Propose(Arr(1) + "type: UPSELL"), IsInvalid("proposal.subscription"));
  EXPECT_THAT(
      Propose(Arr(1) + "type: UPSELL subscription: '" + customer().Subscribe().name() + "'"),
      IsInvalid("proposal.subscription"));
  EXPECT_THAT(Propose(Arr(1) + "type: UPSELL " + subscription + target),
              IsInvalid("proposal.target_account"));

  EXPECT_THAT(Propose(Arr(1) + "type: CROSS_SELL " + product), IsOk());
  EXPECT_THAT(Propose(Arr(1) + "type: CROSS_SELL"), IsInvalid("proposal.product"));
  EXPECT_THAT(Propose(Arr(1) + "type: CROSS_SELL " + product + subscription),
              IsInvalid("proposal.subscription"));
  EXPECT_THAT(Propose(Arr(1) + "type: CROSS_SELL " + product + target),
              IsInvalid("proposal.target_account"));

  EXPECT_THAT(Propose(Arr(1) + "type: CROSS_DIVISION " + product + target), IsOk());
  EXPECT_THAT(Propose(Arr(1) + "type: CROSS_DIVISION " + target), IsInvalid("proposal.product"));
  EXPECT_THAT(Propose(Arr(1) + "type: CROSS_DIVISION " + product + "target_account: '" +
                      Customer(api()).account() + "'"),
              IsInvalid("proposal.target_account"))
      << "another customer";
  EXPECT_THAT(Propose(Arr(1) + "type: CROSS_DIVISION " + product),
              IsInvalid("proposal.target_account"));
}

TEST_P(ProposalsTest, AddSomething) {
  const std::string upsell = "type: UPSELL subscription: '" + pro() + "' ";
  EXPECT_THAT(Propose(upsell + Arr(0)), IsInvalid("proposal.arr"));
  EXPECT_THAT(Propose(upsell + Arr(-1)), IsInvalid("proposal.arr"));
  EXPECT_THAT(Propose(upsell + "arr {currency_code: 'EUR' micros: 10000}"),
              FailsWith(v1::CURRENCY_MISMATCH));
}

TEST_P(ProposalsTest, AreDecidedOnce) {
  const Proposal accepted = Must(Accept(Upsell()));
  EXPECT_EQ(accepted.state(), Proposal::ACCEPTED);
  EXPECT_EQ(accepted.decide_note(), "Why not");
  EXPECT_EQ(ToTime(accepted.decide_time()), Now());
  EXPECT_THAT(Accept(accepted), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Withdraw(accepted), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Note(accepted), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Delete(accepted), FailsWith(v1::WRONG_STATE));
  // They may change their mind.
  EXPECT_EQ(Must(Decline(accepted)).state(), Proposal::DECLINED);

  const Proposal declined = Must(Decline(Upsell()));
  EXPECT_EQ(declined.decide_note(), "Too much");
  EXPECT_THAT(Accept(declined), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Delete(declined), FailsWith(v1::WRONG_STATE));

  const Proposal withdrawn = Must(Withdraw(Upsell()));
  EXPECT_EQ(withdrawn.state(), Proposal::WITHDRAWN);
  EXPECT_EQ(withdrawn.decide_note(), "Not yet built");
  EXPECT_THAT(Decline(withdrawn), FailsWith(v1::WRONG_STATE));

  const Proposal undecided = Must(Note(Upsell()));
  EXPECT_EQ(undecided.rationale(), "It helps");
  EXPECT_THAT(Delete(undecided), IsOk());
}

TEST_P(ProposalsTest, AreOfOpenOpportunities) {
  const Proposal proposal = Upsell();
  customer().CloseAsChurned(opportunity().name(), v1::PRICE);
  EXPECT_THAT(Propose(Arr(1) + "type: UPSELL subscription: '" + pro() + "'"),
              FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Note(proposal), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Accept(proposal), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Decline(proposal), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Withdraw(proposal), FailsWith(v1::WRONG_STATE));
}

TEST_P(ProposalsTest, AndOffersGoBeforeTheirOpportunity) {
  const Proposal proposal = Upsell();
  v1::DeleteOpportunityRequest erase;
  erase.set_name(opportunity().name());
  EXPECT_THAT(api().pipeline.DeleteOpportunity(erase), FailsWith(v1::RESOURCE_IN_USE));
  Must(Delete(proposal));
  const v1::Offer offer = Must(Offer(Arr(18000)));
  EXPECT_THAT(api().pipeline.DeleteOpportunity(erase), FailsWith(v1::RESOURCE_IN_USE));
  Must(DealTest::Delete(offer));
  EXPECT_THAT(api().pipeline.DeleteOpportunity(erase), IsOk());
  for (const v1::Subscription& subscription : customer().Subscriptions()) {
    EXPECT_EQ(subscription.open_opportunity(), "");
  }
}

}  // namespace
}  // namespace perennial::conformance
