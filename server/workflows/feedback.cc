#include "server/workflows/feedback.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/domain/listening.h"
#include "server/methods/standard.h"
#include "server/workflows/playbooks.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Feedback;

// Its clock starts again with each step.
absl::Status StartStep(absl::Time since, const PlaybookChooser& playbooks, Feedback& feedback,
                       ReadTx& tx) {
  ASSIGN_OR_RETURN(const v1::Account account, tx.Get<v1::Account>(AccountOf(feedback.name())));
  SetDue(playbooks.For(account), since, feedback);
  return absl::OkStatus();
}

absl::Status StartStep(absl::Time since, Feedback& feedback, ReadTx& tx) {
  ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
  return StartStep(since, playbooks, feedback, tx);
}

namespace {

// Whoever told us something is told what became of it.
absl::Status AskToAnswer(const Feedback& feedback, WriteTx& tx) {
  bool may_contact = false;
  if (!feedback.contact().empty()) {
    ASSIGN_OR_RETURN(const v1::Contact giver, tx.Get<v1::Contact>(feedback.contact()));
    may_contact = giver.state() == v1::Contact::ACTIVE && !giver.do_not_contact();
  }
  return AddTask(AnswerTask(feedback, may_contact), AccountOf(feedback.name()), 0, tx);
}

}  // namespace

absl::StatusOr<Feedback> Decide(Feedback feedback, Feedback::Decision decision,
                                const std::string& reason, const PlaybookChooser& playbooks,
                                WriteTx& tx) {
  tx.set_reason(reason);
  feedback.set_state(Feedback::DECIDED);
  feedback.set_decision(decision);
  feedback.set_decision_reason(reason);
  *feedback.mutable_decide_time() = ToTimestamp(tx.now());
  RETURN_IF_ERROR(StartStep(tx.now(), playbooks, feedback, tx));
  RETURN_IF_ERROR(AskToAnswer(feedback, tx));
  return tx.Update(std::move(feedback));
}

absl::StatusOr<Feedback> Answer(Feedback feedback, const v1::Touch& touch, WriteTx& tx) {
  const auto& told = touch.contacts();
  if (AccountOf(touch.name()) != AccountOf(feedback.name())) {
    return InvalidField("touch", absl::StrCat("must be of ", AccountOf(feedback.name())));
  }
  if (!feedback.contact().empty() &&
      std::find(told.begin(), told.end(), feedback.contact()) == told.end()) {
    return InvalidField("touch", absl::StrCat("must be with the giver, ", feedback.contact()));
  }
  feedback.set_state(Feedback::ANSWERED);
  feedback.set_answer_touch(touch.name());
  *feedback.mutable_answer_time() = ToTimestamp(tx.now());
  feedback.clear_due_time();
  RETURN_IF_ERROR(CompleteAnswers(feedback, touch, tx));
  return tx.Update(std::move(feedback));
}

}  // namespace perennial
