#include "server/workflows/feedback.h"

#include "lib/domain/listening.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/playbooks.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Feedback;

namespace {

absl::Status CompleteFeedback(Feedback& feedback, ReadTx& tx) {
  if (!feedback.contact().empty() && AccountOf(feedback.contact()) != AccountOf(feedback.name())) {
    return InvalidField("feedback.contact",
                        absl::StrCat("must be of ", AccountOf(feedback.name())));
  }
  if (!feedback.has_receive_time()) *feedback.mutable_receive_time() = ToTimestamp(tx.now());
  return CheckNotInFuture(feedback.receive_time(), "feedback.receive_time", tx);
}

class FeedbackRules final : public TypeRules<Feedback> {
  absl::Status Complete(Feedback& feedback, Writing& writing) const override {
    return CompleteFeedback(feedback, writing.tx);
  }

  void Merge(const Feedback* before, const Taken<Feedback>& taken, Feedback& row) const override {
    if (before != nullptr && before->state() != Feedback::RECEIVED) return;
    const Feedback& said = taken.fields;
    row.set_state(said.has_acknowledge_time() ? Feedback::ACKNOWLEDGED : Feedback::RECEIVED);
    if (said.has_acknowledge_time()) *row.mutable_acknowledge_time() = said.acknowledge_time();
  }

  absl::Status CompleteImported(Feedback& feedback, Writing& writing) const override {
    const bool received = feedback.state() == Feedback::RECEIVED;
    if (received || feedback.state() == Feedback::ACKNOWLEDGED) {
      ASSIGN_OR_RETURN(const PlaybookChooser* playbooks, KeptPlaybooks(writing));
      RETURN_IF_ERROR(
          StartStep(ToTime(received ? feedback.receive_time() : feedback.acknowledge_time()),
                    *playbooks, feedback, writing.tx));
    }
    if (!feedback.has_acknowledge_time()) return absl::OkStatus();
    if (ToTime(feedback.acknowledge_time()) < ToTime(feedback.receive_time())) {
      return InvalidField("feedback.acknowledge_time", "must not be before the receive time");
    }
    return CheckNotInFuture(feedback.acknowledge_time(), "feedback.acknowledge_time", writing.tx);
  }
};
const FeedbackRules rules;

absl::StatusOr<Feedback> CreateFeedback(const v1::CreateFeedbackRequest& request, WriteTx& tx) {
  Feedback feedback = Draft(request.parent(), request.feedback_id(), request.feedback(), tx);
  // Before anything that belongs to the account is looked for.
  RETURN_IF_ERROR(tx.Get<v1::Account>(request.parent()).status());
  RETURN_IF_ERROR(CompleteFeedback(feedback, tx));
  feedback.set_state(Feedback::RECEIVED);
  RETURN_IF_ERROR(StartStep(ToTime(feedback.receive_time()), feedback, tx));
  return tx.Create(std::move(feedback));
}

absl::StatusOr<Feedback> UpdateFeedback(const v1::UpdateFeedbackRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Feedback feedback,
                   Patched(request.feedback(), request.update_mask(), "feedback", tx));
  RETURN_IF_ERROR(CompleteFeedback(feedback, tx));
  return tx.Update(std::move(feedback));
}

absl::StatusOr<Empty> DeleteFeedback(const v1::DeleteFeedbackRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(const Feedback feedback, GetToChange<Feedback>(request, tx));
  RETURN_IF_ERROR(DropAnswers(feedback, tx));
  RETURN_IF_ERROR(tx.Delete(feedback));
  return Empty();
}

absl::StatusOr<std::string> ListFeedback(const v1::ListFeedbackRequest& request, ReadTx& tx) {
  const absl::Time now = request.has_read_time() ? ToTime(request.read_time()) : tx.now();
  std::string overdue;
  if (request.overdue()) {
    overdue = absl::StrCat("due_time < \"",
                           absl::FormatTime(absl::RFC3339_full, now, absl::UTCTimeZone()), "\"");
  }
  return ListStored(request, *v1::ListFeedbackResponse::descriptor(), tx, overdue);
}

// The feedback of a move, in one of the states that the move starts from.
template <class Request>
absl::StatusOr<Feedback> GetIn(const Request& request, std::vector<Feedback::State> states,
                               WriteTx& tx) {
  ASSIGN_OR_RETURN(Feedback feedback, GetToChange<Feedback>(request, tx));
  for (const Feedback::State state : states) {
    if (feedback.state() == state) return feedback;
  }
  return FailedPrecondition(
      v1::WRONG_STATE, feedback.name(),
      absl::StrCat("The feedback is ", Feedback::State_Name(feedback.state())));
}

absl::StatusOr<Feedback> AcknowledgeFeedback(const v1::AcknowledgeFeedbackRequest& request,
                                             WriteTx& tx) {
  ASSIGN_OR_RETURN(Feedback feedback, GetIn(request, {Feedback::RECEIVED}, tx));
  feedback.set_state(Feedback::ACKNOWLEDGED);
  *feedback.mutable_acknowledge_time() = ToTimestamp(tx.now());
  RETURN_IF_ERROR(StartStep(tx.now(), feedback, tx));
  return tx.Update(std::move(feedback));
}

absl::StatusOr<Feedback> DecideFeedback(const v1::DecideFeedbackRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Feedback feedback,
                   GetIn(request, {Feedback::RECEIVED, Feedback::ACKNOWLEDGED}, tx));
  ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
  return Decide(std::move(feedback), request.decision(), request.reason(), playbooks, tx);
}

absl::StatusOr<Feedback> AnswerFeedback(const v1::AnswerFeedbackRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Feedback feedback, GetIn(request, {Feedback::DECIDED}, tx));
  ASSIGN_OR_RETURN(const v1::Touch touch, tx.Get<v1::Touch>(request.touch()));
  return Answer(std::move(feedback), touch, tx);
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("EngagementService.CreateFeedback", CreateFeedback);
  registry.Get<v1::GetFeedbackRequest, Feedback>("EngagementService.GetFeedback");
  registry.ListBy<v1::ListFeedbackRequest, v1::ListFeedbackResponse>(
      "EngagementService.ListFeedback", ListFeedback);
  registry.Write("EngagementService.UpdateFeedback", UpdateFeedback);
  registry.Write("EngagementService.DeleteFeedback", DeleteFeedback);
  registry.Write("EngagementService.AcknowledgeFeedback", AcknowledgeFeedback);
  registry.Write("EngagementService.DecideFeedback", DecideFeedback);
  registry.Write("EngagementService.AnswerFeedback", AnswerFeedback);
});

}  // namespace
}  // namespace perennial
