// What a change of a playbook would do, before it is made.

#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using v1::Criterion;
using v1::Opportunity;
using v1::Playbook;

class PlaybookPreviewTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    customer_.emplace(api());
    playbook_ = customer_->Follow(R"(
        cadence_steps {days_before_renewal: 90 title: 'Call' channel: PHONE}
        cadence_steps {days_before_renewal: 30 title: 'Visit'})");
    for (Opportunity& opportunity : renewals_) {
      opportunity = customer_->Open({customer_->Subscribe().name()});
    }
  }

  v1::PreviewPlaybookRequest Change(const std::string& text,
                                    const std::vector<std::string>& paths) {
    v1::PreviewPlaybookRequest request;
    *request.mutable_playbook() = ParseText<Playbook>(text);
    request.mutable_playbook()->set_name(playbook_.name());
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return request;
  }

  std::optional<Customer> customer_;
  Playbook playbook_;
  Opportunity renewals_[3];
};
INSTANTIATE_ON_EVERY_ENGINE(PlaybookPreviewTest);

TEST_P(PlaybookPreviewTest, SaysWhoseGateOpensOrShuts) {
  customer_->Earn(renewals_[0]);  // Of the account, so of all of them.
  const auto stricter = Change(
      "criteria {type: OFFER_ACCEPTED stage: OUTREACH}"
      "criteria {type: DECISION_ROLE_REACHED stage: OUTREACH}",
      {"criteria"});
  const int64_t revision = LatestRevision();
  const auto shut = Must(api().pipeline.PreviewPlaybook(stricter));
  EXPECT_EQ(LatestRevision(), revision);
  EXPECT_EQ(shut.opportunity_count(), 3);
  EXPECT_EQ(shut.shut_gate_count(), 3);
  EXPECT_EQ(shut.opened_gate_count(), 0);
  ASSERT_EQ(shut.effects_size(), 3);
  EXPECT_THAT(shut.effects(0).unmet_before(), IsEmpty());
  EXPECT_THAT(shut.effects(0).unmet_after(), ElementsAre(Criterion::OFFER_ACCEPTED));
  EXPECT_THAT(shut.effects(0).created_tasks(), IsEmpty());

  // It does what it said.
  v1::UpdatePlaybookRequest update;
  *update.mutable_playbook() = stricter.playbook();
  *update.mutable_update_mask() = stricter.update_mask();
  Must(api().pipeline.UpdatePlaybook(update));
  EXPECT_FALSE(customer_->Gate(renewals_[0].name()).met());
  const auto opened = Must(api().pipeline.PreviewPlaybook(Change("", {"criteria"})));
  EXPECT_EQ(opened.opened_gate_count(), 3);
}

TEST_P(PlaybookPreviewTest, SaysWhichTasksChange) {
  const auto other = Change(R"(cadence_steps {days_before_renewal: 60 title: 'Call' channel: EMAIL}
                               cadence_steps {days_before_renewal: 10 title: 'Write'})",
                            {"cadence_steps"});
  const auto preview = Must(api().pipeline.PreviewPlaybook(other));
  ASSERT_EQ(preview.effects_size(), 3);
  const auto& effect = preview.effects(0);
  EXPECT_EQ(preview.shut_gate_count() + preview.opened_gate_count(), 0);
  ASSERT_EQ(effect.created_tasks_size(), 1);
  EXPECT_EQ(effect.created_tasks(0).title(), "Write");
  ASSERT_EQ(effect.updated_tasks_size(), 1);
  EXPECT_EQ(effect.updated_tasks(0).channel(), v1::EMAIL);
  ASSERT_EQ(effect.removed_tasks_size(), 1);
  EXPECT_EQ(effect.removed_tasks(0).title(), "Visit");

  v1::UpdatePlaybookRequest update;
  *update.mutable_playbook() = other.playbook();
  *update.mutable_update_mask() = other.update_mask();
  Must(api().pipeline.UpdatePlaybook(update));
  v1::ApplyPlaybookRequest apply;
  apply.set_name(playbook_.name());
  const auto applied = Must(api().pipeline.ApplyPlaybook(apply));
  EXPECT_EQ(applied.created_tasks_size(), 3);
  EXPECT_EQ(applied.updated_tasks_size(), 3);
  EXPECT_EQ(applied.removed_tasks_size(), 3);
}

TEST_P(PlaybookPreviewTest, GoesPageByPageAndLeavesOutWhatIsNotHit) {
  EXPECT_EQ(
      Must(api().pipeline.PreviewPlaybook(Change("lead_days: 90", {"lead_days"}))).effects_size(),
      0);
  auto request =
      Change("cadence_steps {days_before_renewal: 1 title: 'Last call'}", {"cadence_steps"});
  request.set_page_size(2);
  const auto first = Must(api().pipeline.PreviewPlaybook(request));
  EXPECT_EQ(first.effects_size(), 2);
  request.set_page_token(first.next_page_token());
  const auto second = Must(api().pipeline.PreviewPlaybook(request));
  EXPECT_EQ(second.effects_size(), 1);
  EXPECT_EQ(second.next_page_token(), "");
  EXPECT_LT(first.effects(1).opportunity(), second.effects(0).opportunity());
}

TEST_P(PlaybookPreviewTest, RefusesWhatAnUpdateWould) {
  EXPECT_THAT(api().pipeline.PreviewPlaybook(Change("account_filter: 'nonsense = 1'", {})),
              IsInvalid("playbook.account_filter"));
  EXPECT_THAT(api().pipeline.PreviewPlaybook(Change("lead_days: 731", {"lead_days"})),
              IsInvalid("playbook.lead_days"));
  EXPECT_THAT(api().pipeline.PreviewPlaybook(Change("", {"nonsense"})),
              FailsWith(v1::INVALID_UPDATE_MASK));
  auto nobody = Change("", {"lead_days"});
  nobody.mutable_playbook()->set_name("playbooks/nobody");
  EXPECT_THAT(api().pipeline.PreviewPlaybook(nobody), FailsWith(v1::RESOURCE_NOT_FOUND));
}

}  // namespace
}  // namespace perennial::conformance
