#include "lib/domain/listening.h"

#include "absl/strings/str_cat.h"
#include "lib/api/text.h"
#include "lib/base/date.h"

namespace perennial {

using v1::Feedback;
using v1::Playbook;

namespace {

constexpr int kAcknowledgeDays = 14;
constexpr int kDecideDays = 30;
constexpr int kAnswerDays = 7;

int DaysFor(const Playbook& playbook, Feedback::State state) {
  const auto or_else = [](int days, int otherwise) { return days > 0 ? days : otherwise; };
  switch (state) {
    case Feedback::RECEIVED:
      return or_else(playbook.feedback_acknowledge_days(), kAcknowledgeDays);
    case Feedback::ACKNOWLEDGED:
      return or_else(playbook.feedback_decide_days(), kDecideDays);
    default:
      return or_else(playbook.feedback_answer_days(), kAnswerDays);
  }
}

}  // namespace

void SetDue(const Playbook& playbook, absl::Time since, Feedback& feedback) {
  if (feedback.state() == Feedback::ANSWERED) return feedback.clear_due_time();
  *feedback.mutable_due_time() =
      ToTimestamp(since + absl::Hours(24) * DaysFor(playbook, feedback.state()));
}

v1::Task AnswerTask(const Feedback& feedback, bool may_contact) {
  const std::string& subject = feedback.topic().empty() ? feedback.text() : feedback.topic();
  v1::Task task;
  task.set_kind(v1::Task::ANSWER);
  task.set_intent(v1::Touch::RESPOND);
  task.set_title(absl::StrCat("Tell them what was decided (",
                              Feedback::Decision_Name(feedback.decision()),
                              "): ", FirstCharacters(subject, 100)));
  task.set_note(feedback.decision_reason());
  task.set_feedback(feedback.name());
  *task.mutable_due_date() =
      ToDate(absl::ToCivilDay(ToTime(feedback.due_time()), absl::UTCTimeZone()));
  if (may_contact) task.set_contact(feedback.contact());
  return task;
}

}  // namespace perennial
