#include "lib/domain/playbooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/errors.h"
#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using v1::Account;
using v1::Criterion;
using v1::Opportunity;
using v1::Playbook;

TEST(DefaultPlaybookTest, IsOneThatCouldBeWritten) {
  EXPECT_TRUE(CheckPlaybook(DefaultPlaybook()).ok());
}

TEST(DefaultPlaybookTest, HasAGateForEveryStage) {
  const Playbook playbook = DefaultPlaybook();
  for (const Opportunity::Stage stage : {Opportunity::OUTREACH, Opportunity::ADOPTION_REVIEW,
                                         Opportunity::UPSELL, Opportunity::RENEWAL}) {
    int criteria = 0;
    for (const Criterion& criterion : playbook.criteria()) {
      criteria += criterion.stage() == stage;
    }
    EXPECT_GT(criteria, 0) << Opportunity::Stage_Name(stage);
    EXPECT_GT(StageTargetOf(playbook, stage).target_days(), 0);
  }
}

TEST(DefaultPlaybookTest, CadenceRunsTowardsTheRenewalWithinTheLeadTime) {
  const Playbook playbook = DefaultPlaybook();
  int last = LeadDays(playbook);
  for (const Playbook::CadenceStep& step : playbook.cadence_steps()) {
    EXPECT_LE(step.days_before_renewal(), last);
    EXPECT_FALSE(step.title().empty());
    last = step.days_before_renewal() - 1;
  }
}

TEST(PlaybookTest, FillsInWhatItDoesNotSay) {
  const Playbook silent;
  EXPECT_EQ(LeadDays(silent), 120);
  EXPECT_EQ(BundleDays(silent), 30);
  EXPECT_EQ(UnreachableAttempts(silent), 5);
  EXPECT_EQ(UnreachableChannels(silent), 2);
  EXPECT_EQ(StageTargetOf(silent, Opportunity::RENEWAL).probability_percent(), 90);

  const auto days = [](Criterion::Type type) {
    Criterion criterion;
    criterion.set_type(type);
    return CriterionDays(criterion);
  };
  EXPECT_EQ(days(Criterion::CONTACTS_VERIFIED), 180);
  EXPECT_EQ(days(Criterion::GAVE_BEFORE_ASKING), 365);
  EXPECT_EQ(days(Criterion::CAPABILITIES_PRESENTED), 90);
  EXPECT_EQ(days(Criterion::FEEDBACK_ACKNOWLEDGED), 14);
}

TEST(PlaybookTest, KeepsWhatItSays) {
  const Playbook playbook = ParseText<Playbook>(R"(
    lead_days: 200 bundle_days: 0 unreachable_attempts: 9 unreachable_channels: 4
    stage_targets { stage: RENEWAL probability_percent: 0 }
    criteria { stage: OUTREACH type: CONTACTS_VERIFIED days: 1 })");
  EXPECT_EQ(LeadDays(playbook), 200);
  EXPECT_EQ(BundleDays(playbook), 0);
  EXPECT_EQ(UnreachableAttempts(playbook), 9);
  EXPECT_EQ(UnreachableChannels(playbook), 4);
  EXPECT_EQ(StageTargetOf(playbook, Opportunity::RENEWAL).probability_percent(), 0);
  EXPECT_EQ(StageTargetOf(playbook, Opportunity::UPSELL).probability_percent(), 75);
  EXPECT_EQ(CriterionDays(playbook.criteria(0)), 1);
}

TEST(CheckPlaybookTest, SaysWhatIsWrong) {
  struct Case {
    const char* playbook;
    const char* field;
    const char* description;
  };
  for (const Case& c : {
           Case{"account_filter: 'no_such_field = 1'", "playbook.account_filter", "no_such_field"},
           Case{"stage_targets { stage: UPSELL } stage_targets { stage: UPSELL target_days: 3 }",
                "playbook.stage_targets[1].stage", "one target only"},
           Case{"criteria { stage: UPSELL type: OFFER_ACCEPTED }"
                "criteria { stage: UPSELL type: OFFER_ACCEPTED days: 3 }",
                "playbook.criteria[1]", "once only"},
       }) {
    const absl::Status status = CheckPlaybook(ParseText<Playbook>(c.playbook));
    EXPECT_EQ(ReasonOf(status), v1::INVALID_FIELD) << c.playbook;
    const std::vector<FieldViolation> violations = ViolationsOf(status);
    ASSERT_THAT(violations, SizeIs(1));
    EXPECT_EQ(violations[0].field, c.field);
    EXPECT_THAT(violations[0].description, HasSubstr(c.description));
  }
}

TEST(CheckPlaybookTest, OneTypeMayStandInTwoGates) {
  EXPECT_TRUE(CheckPlaybook(ParseText<Playbook>(R"(
    criteria { stage: OUTREACH type: FEEDBACK_ACKNOWLEDGED }
    criteria { stage: RENEWAL type: FEEDBACK_ACKNOWLEDGED })"))
                  .ok());
}

class PlaybookChooserTest : public testing::Test {
 protected:
  std::string Choose(const std::vector<std::string>& playbooks, const std::string& account) {
    std::vector<Playbook> parsed;
    for (const std::string& playbook : playbooks) parsed.push_back(ParseText<Playbook>(playbook));
    const absl::StatusOr<PlaybookChooser> chooser = PlaybookChooser::Make(parsed);
    EXPECT_TRUE(chooser.ok()) << chooser.status();
    return chooser->For(ParseText<Account>(account)).name();
  }

  const std::string default_ = "name: 'playbooks/default' priority: 1000000";
  const std::string enterprise_ =
      "name: 'playbooks/enterprise' account_filter: 'segment = \"enterprise\"' priority: 5";
};

TEST_F(PlaybookChooserTest, TakesTheOneThatFits) {
  EXPECT_EQ(Choose({default_, enterprise_}, "segment: 'enterprise'"), "playbooks/enterprise");
  EXPECT_EQ(Choose({default_, enterprise_}, "segment: 'smb'"), "playbooks/default");
}

TEST_F(PlaybookChooserTest, TakesTheHighestPriorityThenTheFirstByName) {
  const std::string urgent = "name: 'playbooks/urgent' priority: 6";
  const std::string also = "name: 'playbooks/also' priority: 6";
  EXPECT_EQ(Choose({default_, enterprise_, urgent}, "segment: 'enterprise'"), "playbooks/urgent");
  EXPECT_EQ(Choose({urgent, also, default_}, ""), "playbooks/also");
}

TEST_F(PlaybookChooserTest, FallsBackOnTheDefaultWhateverItsFilterSays) {
  EXPECT_EQ(Choose({default_ + " account_filter: 'segment = \"none\"'", enterprise_}, ""),
            "playbooks/default");
  EXPECT_EQ(Choose({}, ""), "playbooks/default");
}

TEST_F(PlaybookChooserTest, KnowsTheLongestLeadTime) {
  const absl::StatusOr<PlaybookChooser> chooser = PlaybookChooser::Make(
      {ParseText<Playbook>("lead_days: 30"), ParseText<Playbook>("lead_days: 0"),
       ParseText<Playbook>("lead_days: 90")});
  EXPECT_EQ(chooser->longest_lead_days(), 120);
}

}  // namespace
}  // namespace perennial
