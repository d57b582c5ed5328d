#include "lib/base/money.h"
#include "lib/domain/closing.h"
#include "perennial/v1/expansion_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/divisions.h"
#include "server/workflows/opportunity_writes.h"

namespace perennial {

using v1::Opportunity;
using v1::Proposal;

namespace {

absl::Status CheckAmount(const Proposal& proposal, const Opportunity& opportunity) {
  if (proposal.arr().micros() <= 0) {
    return InvalidField("proposal.arr", "must be more than zero: it is what the proposal adds");
  }
  const std::string& currency = opportunity.arr().currency_code();
  if (!currency.empty() && proposal.arr().currency_code() != currency) {
    return FailedPrecondition(v1::CURRENCY_MISMATCH, opportunity.name(),
                              absl::StrCat("The opportunity is in ", currency));
  }
  return absl::OkStatus();
}

absl::Status CheckTarget(const Proposal& proposal, const Opportunity& opportunity) {
  const auto& subscriptions = opportunity.subscriptions();
  const bool upsell = proposal.type() == Proposal::UPSELL;
  if (upsell && std::find(subscriptions.begin(), subscriptions.end(), proposal.subscription()) ==
                    subscriptions.end()) {
    return InvalidField("proposal.subscription",
                        "an UPSELL needs one of the subscriptions up for renewal");
  }
  if (!upsell && !proposal.subscription().empty()) {
    return InvalidField("proposal.subscription", "must be unset unless the type is UPSELL");
  }
  if (!upsell && proposal.product().empty()) {
    return InvalidField("proposal.product", "must be given unless the type is UPSELL");
  }
  const bool division = proposal.type() == Proposal::CROSS_DIVISION;
  if (division && proposal.target_account().empty()) {
    return InvalidField("proposal.target_account", "a CROSS_DIVISION needs the other account");
  }
  if (!division && !proposal.target_account().empty()) {
    return InvalidField("proposal.target_account",
                        "must be unset unless the type is CROSS_DIVISION");
  }
  return absl::OkStatus();
}

// What it adds is a division's of the same customer.
absl::Status CheckDivision(const Proposal& proposal, ReadTx& tx) {
  if (proposal.type() != Proposal::CROSS_DIVISION) return absl::OkStatus();
  const std::string account(AccountOf(proposal.name()));
  if (proposal.target_account() == account) {
    return InvalidField("proposal.target_account", "must be another account than its own");
  }
  ASSIGN_OR_RETURN(const std::string top, TopmostAccount(account, tx));
  ASSIGN_OR_RETURN(const std::string other, TopmostAccount(proposal.target_account(), tx));
  if (top == other) return absl::OkStatus();
  return InvalidField("proposal.target_account",
                      absl::StrCat("must be ", top, " or one of its divisions, as ", account,
                                   " is: ", proposal.target_account(), " is of ", other));
}

absl::Status Check(const Proposal& proposal, WriteTx& tx) {
  ASSIGN_OR_RETURN(const Opportunity opportunity, tx.Get<Opportunity>(ParentOf(proposal.name())));
  RETURN_IF_ERROR(CheckOpen(opportunity));
  RETURN_IF_ERROR(CheckAmount(proposal, opportunity));
  RETURN_IF_ERROR(CheckTarget(proposal, opportunity));
  return CheckDivision(proposal, tx);
}

absl::Status CheckState(const Proposal& proposal, std::vector<Proposal::State> states) {
  for (const Proposal::State state : states) {
    if (proposal.state() == state) return absl::OkStatus();
  }
  return FailedPrecondition(
      v1::WRONG_STATE, proposal.name(),
      absl::StrCat("The proposal is ", Proposal::State_Name(proposal.state())));
}

absl::StatusOr<Proposal> CreateProposal(const v1::CreateProposalRequest& request, WriteTx& tx) {
  Proposal proposal = Draft(request.parent(), request.proposal_id(), request.proposal(), tx);
  RETURN_IF_ERROR(Check(proposal, tx));
  proposal.set_state(Proposal::PROPOSED);
  return tx.Create(std::move(proposal));
}

absl::StatusOr<Proposal> UpdateProposal(const v1::UpdateProposalRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Proposal proposal,
                   Patched(request.proposal(), request.update_mask(), "proposal", tx));
  RETURN_IF_ERROR(CheckState(proposal, {Proposal::PROPOSED}));
  RETURN_IF_ERROR(Check(proposal, tx));
  return tx.Update(std::move(proposal));
}

absl::StatusOr<Empty> DeleteProposal(const v1::DeleteProposalRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(const Proposal proposal, GetToChange<Proposal>(request, tx));
  RETURN_IF_ERROR(CheckState(proposal, {Proposal::PROPOSED}));
  RETURN_IF_ERROR(tx.Delete(proposal));
  return Empty();
}

// What they know as they accept it.
absl::Status RecordFacts(const Opportunity& opportunity, ReadTx& tx, Proposal& proposal) {
  ASSIGN_OR_RETURN(const std::vector<v1::Subscription> subscriptions,
                   SubscriptionsOf(opportunity, tx));
  for (v1::Offer::Line& line : TermsAtRenewal(subscriptions, tx.today())) {
    if (line.subscription() != proposal.subscription()) continue;
    *proposal.mutable_accepted_for() = std::move(line);
  }
  return absl::OkStatus();
}

template <class Request>
absl::StatusOr<Proposal> Decide(const Request& request, const std::string& note,
                                std::vector<Proposal::State> from, Proposal::State to,
                                WriteTx& tx) {
  ASSIGN_OR_RETURN(Proposal proposal, GetToChange<Proposal>(request, tx));
  RETURN_IF_ERROR(CheckState(proposal, std::move(from)));
  ASSIGN_OR_RETURN(Opportunity opportunity, tx.Get<Opportunity>(ParentOf(proposal.name())));
  RETURN_IF_ERROR(CheckOpen(opportunity));
  tx.set_reason(note);
  // Written on the opportunity too, so that a closing at the same time sees it or runs again.
  v1::Money expansion = opportunity.expansion_arr();
  if (to == Proposal::ACCEPTED) {
    // It may have been sold since.
    RETURN_IF_ERROR(CheckDivision(proposal, tx));
    RETURN_IF_ERROR(RecordFacts(opportunity, tx, proposal));
    ASSIGN_OR_RETURN(expansion, Add(expansion, proposal.arr()));
  } else if (proposal.state() == Proposal::ACCEPTED) {
    ASSIGN_OR_RETURN(expansion, Subtract(expansion, proposal.arr()));
  }
  if (!(expansion == opportunity.expansion_arr())) {
    *opportunity.mutable_expansion_arr() = expansion;
    RETURN_IF_ERROR(tx.Update(std::move(opportunity)).status());
  }
  proposal.set_state(to);
  proposal.set_decide_note(note);
  *proposal.mutable_decide_time() = ToTimestamp(tx.now());
  return tx.Update(std::move(proposal));
}

absl::StatusOr<Proposal> AcceptProposal(const v1::AcceptProposalRequest& request, WriteTx& tx) {
  return Decide(request, request.note(), {Proposal::PROPOSED}, Proposal::ACCEPTED, tx);
}

absl::StatusOr<Proposal> DeclineProposal(const v1::DeclineProposalRequest& request, WriteTx& tx) {
  return Decide(request, request.reason(), {Proposal::PROPOSED, Proposal::ACCEPTED},
                Proposal::DECLINED, tx);
}

absl::StatusOr<Proposal> WithdrawProposal(const v1::WithdrawProposalRequest& request, WriteTx& tx) {
  return Decide(request, request.reason(), {Proposal::PROPOSED}, Proposal::WITHDRAWN, tx);
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("ExpansionService.CreateProposal", CreateProposal);
  registry.Get<v1::GetProposalRequest, Proposal>("ExpansionService.GetProposal");
  registry.List<v1::ListProposalsRequest, v1::ListProposalsResponse>(
      "ExpansionService.ListProposals");
  registry.Write("ExpansionService.UpdateProposal", UpdateProposal);
  registry.Write("ExpansionService.DeleteProposal", DeleteProposal);
  registry.Write("ExpansionService.AcceptProposal", AcceptProposal);
  registry.Write("ExpansionService.DeclineProposal", DeclineProposal);
  registry.Write("ExpansionService.WithdrawProposal", WithdrawProposal);
});

}  // namespace
}  // namespace perennial
