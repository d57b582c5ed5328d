#include "server/workflows/renewals.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "lib/storage/list_start.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/jobs/renewal_job.h"
#include "server/methods/standard.h"
#include "server/workflows/playbooks.h"

namespace perennial {

using v1::Subscription;

namespace {

// The account that the request is about; empty where it is about every one.
template <class Request>
absl::StatusOr<std::string> AccountIn(const Request& request) {
  RETURN_IF_ERROR(
      CheckListParent(request.parent(), ResourceTable::Of<Subscription>().pattern(), "parent"));
  return absl::EndsWith(request.parent(), "/-") ? std::string() : request.parent();
}

absl::StatusOr<v1::ListUncoveredSubscriptionsResponse> ListUncoveredSubscriptions(
    const v1::ListUncoveredSubscriptionsRequest& request, ReadTx& tx) {
  ASSIGN_OR_RETURN(const std::string account, AccountIn(request));
  ASSIGN_OR_RETURN(const OrderBy by_name,
                   OrderBy::Parse("", ResourceTable::Of<Subscription>().fields()));
  ASSIGN_OR_RETURN(const ListStart start, StartList(request, by_name.KeyShape(), tx));
  const PageRequest& page = start.page;
  v1::ListUncoveredSubscriptionsResponse response;
  response.set_resume_token(start.resume_token);
  ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
  Selection selection = MaybeUncovered(playbooks, tx.today()).WhereAnyOf("state", StatesInForce());
  if (!account.empty()) selection.Under(account);
  SelectPage(page, by_name, selection);
  ASSIGN_OR_RETURN(std::vector<Subscription> candidates, tx.Select<Subscription>(selection));
  PageRoom room(page);
  candidates.erase(std::find_if(candidates.begin(), candidates.end(),
                                [&](const Subscription& candidate) {
                                  return !room.Take(candidate.ByteSizeLong());
                                }),
                   candidates.end());
  if (room.is_full()) {
    response.set_next_page_token(MakePageToken(page, by_name.KeyOf(candidates.back())));
  }
  ASSIGN_OR_RETURN(std::vector<Subscription> uncovered,
                   Uncovered(std::move(candidates), playbooks, tx));
  for (Subscription& subscription : uncovered) {
    *response.add_subscriptions() = std::move(subscription);
  }
  return response;
}

const Handlers handlers([](Registry& registry, const Backend& backend) {
  registry.Read("SubscriptionService.ListUncoveredSubscriptions", ListUncoveredSubscriptions);
  registry.Run<v1::OpenDueOpportunitiesRequest, v1::OpenDueOpportunitiesResponse>(
      "PipelineService.OpenDueOpportunities",
      [backend](const v1::OpenDueOpportunitiesRequest& request,
                const Call& call) -> absl::StatusOr<v1::OpenDueOpportunitiesResponse> {
        ASSIGN_OR_RETURN(const std::string account, AccountIn(request));
        return OpenDue(backend.store, call, account);
      });
  registry.Run<v1::SettleEndedTermsRequest, v1::SettleEndedTermsResponse>(
      "PipelineService.SettleEndedTerms",
      [backend](const v1::SettleEndedTermsRequest& request,
                const Call& call) -> absl::StatusOr<v1::SettleEndedTermsResponse> {
        ASSIGN_OR_RETURN(const std::string account, AccountIn(request));
        return SettleEnded(backend.store, call, account);
      });
});

}  // namespace
}  // namespace perennial
