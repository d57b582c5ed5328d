#include <algorithm>

#include "lib/base/money.h"
#include "lib/domain/closing.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/opportunity_writes.h"

namespace perennial {

using v1::Contact;
using v1::Offer;
using v1::Opportunity;

namespace {

absl::StatusOr<Opportunity> OpenOpportunityOf(const Offer& offer, ReadTx& tx) {
  ASSIGN_OR_RETURN(const Opportunity opportunity, tx.Get<Opportunity>(ParentOf(offer.name())));
  RETURN_IF_ERROR(CheckOpen(opportunity));
  return opportunity;
}

absl::Status Complete(Offer& offer, WriteTx& tx) {
  ASSIGN_OR_RETURN(const Opportunity opportunity, OpenOpportunityOf(offer, tx));
  ASSIGN_OR_RETURN(const std::vector<v1::Subscription> subscriptions,
                   SubscriptionsOf(opportunity, tx));
  return CompleteOffer(subscriptions, offer);
}

absl::Status CheckState(const Offer& offer, std::vector<Offer::State> states) {
  for (const Offer::State state : states) {
    if (offer.state() == state) return absl::OkStatus();
  }
  return FailedPrecondition(v1::WRONG_STATE, offer.name(),
                            absl::StrCat("The offer is ", Offer::State_Name(offer.state())));
}

absl::StatusOr<Offer> CreateOffer(const v1::CreateOfferRequest& request, WriteTx& tx) {
  Offer offer = Draft(request.parent(), request.offer_id(), request.offer(), tx);
  RETURN_IF_ERROR(Complete(offer, tx));
  offer.set_state(Offer::DRAFT);
  return tx.Create(std::move(offer));
}

bool HaveEqualLines(const Offer& a, const Offer& b) {
  return std::equal(a.lines().begin(), a.lines().end(), b.lines().begin(), b.lines().end(),
                    [](const Offer::Line& x, const Offer::Line& y) {
                      return x.subscription() == y.subscription() && x.seats() == y.seats() &&
                             x.arr() == y.arr();
                    });
}

absl::StatusOr<Offer> UpdateOffer(const v1::UpdateOfferRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Offer offer, Patched(request.offer(), request.update_mask(), "offer", tx));
  ASSIGN_OR_RETURN(const Offer before, tx.Get<Offer>(offer.name()));
  RETURN_IF_ERROR(CheckState(offer, {Offer::DRAFT}));
  // Whichever of the two was changed goes before the other, which follows from it.
  const bool same_arr = offer.arr() == before.arr();
  const bool same_lines = HaveEqualLines(offer, before);
  if (same_lines && !same_arr) offer.clear_lines();
  if (same_arr && !same_lines) offer.clear_arr();
  RETURN_IF_ERROR(Complete(offer, tx));
  return tx.Update(std::move(offer));
}

absl::StatusOr<Empty> DeleteOffer(const v1::DeleteOfferRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(const Offer offer, GetToChange<Offer>(request, tx));
  RETURN_IF_ERROR(CheckState(offer, {Offer::DRAFT}));
  RETURN_IF_ERROR(tx.Delete(offer));
  return Empty();
}

absl::StatusOr<Offer> SendOffer(const v1::SendOfferRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Offer offer, GetToChange<Offer>(request, tx));
  RETURN_IF_ERROR(CheckState(offer, {Offer::DRAFT}));
  RETURN_IF_ERROR(OpenOpportunityOf(offer, tx).status());
  offer.set_state(Offer::SENT);
  *offer.mutable_send_time() = ToTimestamp(tx.now());
  return tx.Update(std::move(offer));
}

// Of the offer's account, and still there.
absl::Status CheckDecider(const std::string& name, const Offer& offer, ReadTx& tx) {
  if (AccountOf(name) != AccountOf(offer.name())) {
    return InvalidField("decided_by", absl::StrCat("must be of ", AccountOf(offer.name())));
  }
  ASSIGN_OR_RETURN(const Contact contact, tx.Get<Contact>(name));
  if (contact.state() == Contact::ACTIVE) return absl::OkStatus();
  return FailedPrecondition(v1::WRONG_STATE, name, "The contact has left the customer");
}

void SetDecision(Offer::State state, const std::string& decided_by, const std::string& note,
                 absl::Time now, Offer& offer) {
  offer.set_state(state);
  offer.set_decided_by(decided_by);
  offer.set_decide_note(note);
  *offer.mutable_decide_time() = ToTimestamp(now);
}

absl::StatusOr<Offer> AcceptOffer(const v1::AcceptOfferRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Offer offer, GetToChange<Offer>(request, tx));
  RETURN_IF_ERROR(CheckState(offer, {Offer::SENT}));
  ASSIGN_OR_RETURN(Opportunity opportunity, OpenOpportunityOf(offer, tx));
  RETURN_IF_ERROR(CheckDecider(request.decided_by(), offer, tx));
  if (!opportunity.accepted_offer().empty()) {
    return FailedPrecondition(
        v1::WRONG_STATE, offer.name(),
        absl::StrCat(opportunity.accepted_offer(), " was accepted: reject that one first"));
  }
  tx.set_reason(request.note());
  opportunity.set_accepted_offer(offer.name());
  opportunity.clear_reopened();
  ASSIGN_OR_RETURN(const std::vector<v1::Subscription> subscriptions,
                   SubscriptionsOf(opportunity, tx));
  for (Offer::Line& line : TermsAtRenewal(subscriptions, tx.today())) {
    *offer.add_accepted_for() = std::move(line);
  }
  RETURN_IF_ERROR(tx.Update(std::move(opportunity)).status());
  SetDecision(Offer::ACCEPTED, request.decided_by(), request.note(), tx.now(), offer);
  return tx.Update(std::move(offer));
}

absl::StatusOr<Offer> RejectOffer(const v1::RejectOfferRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Offer offer, GetToChange<Offer>(request, tx));
  RETURN_IF_ERROR(CheckState(offer, {Offer::SENT, Offer::ACCEPTED}));
  ASSIGN_OR_RETURN(Opportunity opportunity, OpenOpportunityOf(offer, tx));
  if (!request.decided_by().empty()) {
    RETURN_IF_ERROR(CheckDecider(request.decided_by(), offer, tx));
  }
  tx.set_reason(request.note());
  if (opportunity.accepted_offer() == offer.name()) {
    opportunity.clear_accepted_offer();
    RETURN_IF_ERROR(tx.Update(std::move(opportunity)).status());
  }
  SetDecision(Offer::REJECTED, request.decided_by(), request.note(), tx.now(), offer);
  return tx.Update(std::move(offer));
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("PipelineService.CreateOffer", CreateOffer);
  registry.Get<v1::GetOfferRequest, Offer>("PipelineService.GetOffer");
  registry.List<v1::ListOffersRequest, v1::ListOffersResponse>("PipelineService.ListOffers");
  registry.Write("PipelineService.UpdateOffer", UpdateOffer);
  registry.Write("PipelineService.DeleteOffer", DeleteOffer);
  registry.Write("PipelineService.SendOffer", SendOffer);
  registry.Write("PipelineService.AcceptOffer", AcceptOffer);
  registry.Write("PipelineService.RejectOffer", RejectOffer);
});

}  // namespace
}  // namespace perennial
