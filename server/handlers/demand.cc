#include "lib/storage/demand.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/feedback.h"
#include "server/workflows/playbooks.h"

namespace perennial {

using v1::Feedback;

namespace {

constexpr int kTopics = 100;
constexpr int kDecidedAtOnce = 500;

absl::StatusOr<v1::FeedbackDemand> GetFeedbackDemand(const v1::GetFeedbackDemandRequest& request,
                                                     ReadTx& tx) {
  ASSIGN_OR_RETURN(const Filter filter,
                   Filter::Parse(request.filter(), ResourceTable::Of<Feedback>().fields()));
  return ReadDemand(filter, request.topic_count() == 0 ? kTopics : request.topic_count(), tx);
}

Selection OnTopic(const v1::DecideFeedbackTopicRequest& request) {
  Selection selection = From<Feedback>().Where("topic", "=", request.topic());
  if (!request.product().empty()) selection.Where("product", "=", request.product());
  return selection;
}

Selection Undecided(const v1::DecideFeedbackTopicRequest& request) {
  return OnTopic(request).WhereAnyOf("state", {Feedback::State_Name(Feedback::RECEIVED),
                                               Feedback::State_Name(Feedback::ACKNOWLEDGED)});
}

absl::Status CheckIsNamed(const v1::DecideFeedbackTopicRequest& request, ReadTx& tx) {
  if (!request.product().empty()) {
    RETURN_IF_ERROR(tx.Get<v1::Product>(request.product()).status());
  }
  ASSIGN_OR_RETURN(const bool named, tx.Exists(OnTopic(request)));
  if (named) return absl::OkStatus();
  return ResourceNotFound(
      absl::StrCat("feedback on \"", request.topic(), "\"",
                   request.product().empty() ? "" : absl::StrCat(" of ", request.product())));
}

absl::StatusOr<v1::DecideFeedbackTopicResponse> DecideFeedbackTopic(
    const v1::DecideFeedbackTopicRequest& request, WriteTx& tx) {
  RETURN_IF_ERROR(CheckIsNamed(request, tx));
  ASSIGN_OR_RETURN(
      std::vector<Feedback> waiting,
      tx.Select<Feedback>(Undecided(request).OrderBy("receive_time").Limit(kDecidedAtOnce)));
  RETURN_IF_ERROR(tx.HoldAccountsOf(waiting));
  ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
  v1::DecideFeedbackTopicResponse response;
  for (Feedback& feedback : waiting) {
    RETURN_IF_ERROR(
        Decide(std::move(feedback), request.decision(), request.reason(), playbooks, tx).status());
    response.set_decided_count(response.decided_count() + 1);
  }
  ASSIGN_OR_RETURN(const int64_t remaining, Count(Undecided(request), tx));
  response.set_remaining_count(remaining);
  return response;
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Read("EngagementService.GetFeedbackDemand", GetFeedbackDemand);
  registry.Write("EngagementService.DecideFeedbackTopic", DecideFeedbackTopic);
});

}  // namespace
}  // namespace perennial
