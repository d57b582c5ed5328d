#include <string>

#include "client/cli/run_fixture.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PlaybookPreviewTest : public RunTest {
 protected:
  PlaybookPreviewTest() {
    connection_->On<v1::PreviewPlaybookRequest, v1::PreviewPlaybookResponse>(
        "PreviewPlaybook", [](const v1::PreviewPlaybookRequest& request) {
          v1::PreviewPlaybookResponse page;
          page.set_opportunity_count(20);
          auto& effect = *page.add_effects();
          if (request.page_token().empty()) {
            effect.set_opportunity("accounts/acme/opportunities/one");
            effect.set_display_name("Acme one");
            effect.add_unmet_after(v1::Criterion::OFFER_ACCEPTED);
            effect.add_created_tasks();
            effect.add_created_tasks();
            effect.add_removed_tasks();
            page.set_shut_gate_count(1);
            page.set_next_page_token("2");
          } else {
            effect.set_opportunity("accounts/acme/opportunities/two");
            effect.set_display_name("Acme two");
            effect.add_unmet_before(v1::Criterion::CONTACTS_VERIFIED);
            page.set_opened_gate_count(1);
          }
          return page;
        });
    Answer<v1::UpdatePlaybookRequest, v1::Playbook>("UpdatePlaybook");
  }
};

constexpr char kPreview[] =
    "RENEWAL   TASKS  GATE\n"
    "Acme one  +2 -1  shut by OFFER_ACCEPTED\n"
    "Acme two         opened: no longer CONTACTS_VERIFIED\n"
    "2 of 40 open renewals that follow it are hit: 1 gates shut, 1 opened; applying it changes "
    "tasks: +2 -1\n";

TEST_F(PlaybookPreviewTest, ShowsWhoIsHitOnAllPages) {
  width_ = 120;
  ASSERT_EQ(Run({"playbooks", "preview", "default",
                 "--criteria=[{\"type\": \"OFFER_ACCEPTED\", \"stage\": \"RENEWAL\"}]"}),
            kOk)
      << err_.str();
  EXPECT_EQ(out_.str(), kPreview);
  const auto request = LastRequest<v1::PreviewPlaybookRequest>();
  EXPECT_EQ(request.playbook().name(), "playbooks/default");
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("criteria"));
  EXPECT_EQ(Run("playbooks preview default"), kUsage);
}

TEST_F(PlaybookPreviewTest, IsWhatADryRunShows) {
  ASSERT_EQ(Run("playbooks update default --lead-days=90 --dry-run"), kOk) << err_.str();
  EXPECT_EQ(out_.str(), kPreview);
  EXPECT_EQ(err_.str(), "nothing was written: this only checked\n");
  ASSERT_EQ(Run("playbooks update default --lead-days=90"), kOk);
  EXPECT_EQ(connection_->records().back().method, "UpdatePlaybook");
  // What is refused is not previewed.
  Answer<v1::UpdatePlaybookRequest, v1::Playbook>("UpdatePlaybook", absl::InternalError("no"));
  EXPECT_EQ(Run("playbooks update default --lead-days=90 --dry-run"), kBroken);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(PlaybookPreviewTest, IsForProgramsToo) {
  ASSERT_EQ(Run("playbooks preview default --lead-days=90 --format=csv"), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("accounts/acme/opportunities/one,Acme one,shut by "
                                    "OFFER_ACCEPTED,2,0,1\n"));
  EXPECT_THAT(err_.str(), HasSubstr("2 of 40 open renewals"));
  ASSERT_EQ(Run("playbooks preview default --lead-days=90 --format=json"), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("\"opportunityCount\": 40"));
}

}  // namespace
}  // namespace perennial::cli
