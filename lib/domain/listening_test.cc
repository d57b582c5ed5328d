#include "lib/domain/listening.h"

#include <gtest/gtest.h>

#include "lib/base/date.h"
#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using v1::Feedback;
using v1::Playbook;

const absl::Time kSince = absl::FromCivil(absl::CivilDay(2025, 3, 1), absl::UTCTimeZone());

absl::Duration Given(Feedback::State state, const Playbook& playbook) {
  Feedback feedback;
  feedback.set_state(state);
  SetDue(playbook, kSince, feedback);
  return ToTime(feedback.due_time()) - kSince;
}

TEST(SetDueTest, EachStepHasItsDays) {
  EXPECT_EQ(Given(Feedback::RECEIVED, {}), absl::Hours(24 * 14));
  EXPECT_EQ(Given(Feedback::ACKNOWLEDGED, {}), absl::Hours(24 * 30));
  EXPECT_EQ(Given(Feedback::DECIDED, {}), absl::Hours(24 * 7));
  const auto playbook = ParseText<Playbook>(
      "feedback_acknowledge_days: 1 feedback_decide_days: 2 feedback_answer_days: 3");
  EXPECT_EQ(Given(Feedback::RECEIVED, playbook), absl::Hours(24));
  EXPECT_EQ(Given(Feedback::ACKNOWLEDGED, playbook), absl::Hours(48));
  EXPECT_EQ(Given(Feedback::DECIDED, playbook), absl::Hours(72));
}

TEST(SetDueTest, WhatIsAnsweredIsDueNoMore) {
  Feedback feedback;
  feedback.set_state(Feedback::ANSWERED);
  *feedback.mutable_due_time() = ToTimestamp(kSince);
  SetDue({}, kSince, feedback);
  EXPECT_FALSE(feedback.has_due_time());
}

TEST(AnswerTaskTest, SaysWhatWasDecidedAndToWhom) {
  auto feedback = ParseText<Feedback>(R"(
      name: 'accounts/a/feedback/f' contact: 'accounts/a/contacts/c' topic: 'reporting'
      state: DECIDED decision: DECLINED decision_reason: 'too few ask')");
  SetDue({}, kSince, feedback);
  const v1::Task task = AnswerTask(feedback, true);
  EXPECT_EQ(task.title(), "Tell them what was decided (DECLINED): reporting");
  EXPECT_EQ(task.note(), "too few ask");
  EXPECT_EQ(task.feedback(), "accounts/a/feedback/f");
  EXPECT_EQ(task.contact(), "accounts/a/contacts/c");
  EXPECT_EQ(ToCivilDay(task.due_date()), absl::CivilDay(2025, 3, 8));
  EXPECT_EQ(AnswerTask(feedback, false).contact(), "");
}

}  // namespace
}  // namespace perennial
