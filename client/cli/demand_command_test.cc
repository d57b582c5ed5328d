#include "client/cli/run_fixture.h"
#include "perennial/v1/engagement_service.pb.h"

namespace perennial::cli {
namespace {

using ::testing::HasSubstr;

class DemandTest : public RunTest {};

TEST_F(DemandTest, PrintsWhatCustomersAskFor) {
  v1::FeedbackDemand demand;
  auto& topic = *demand.add_topics();
  topic.set_topic("dark mode");
  topic.set_product("products/pro");
  topic.set_feedback_count(9);
  topic.set_undecided_count(4);
  topic.set_asking_count(2);
  topic.set_customer_count(3);
  topic.set_share_basis_points(6606);
  *topic.add_arr() = Usd(1200);
  *topic.add_arr() = Usd(5);
  topic.mutable_arr(0)->set_currency_code("EUR");
  demand.add_topics()->set_topic("sso");
  demand.set_total_count(7);
  Answer<v1::GetFeedbackDemandRequest, v1::FeedbackDemand>("GetFeedbackDemand", demand);
  ASSERT_EQ(Run("feedback demand --topic-count=2 --filter='type = IDEA'"), kOk);
  EXPECT_EQ(LastRequest<v1::GetFeedbackDemandRequest>().topic_count(), 2);
  EXPECT_EQ(LastRequest<v1::GetFeedbackDemandRequest>().filter(), "type = IDEA");
  EXPECT_EQ(
      out_.str(),
      "TOPIC      PRODUCT       ASK  OF   SHARE                     ARR  FEEDBACK  UNDECIDED  "
      "LAST\n"
      "dark mode  products/pro    2   3  66.06%  EUR 1,200.00, USD 5.00         9          4\n"
      "sso                        0   0                                         0          0\n");
  EXPECT_EQ(err_.str(), "there are 7: --topic-count shows more\n");
  ASSERT_EQ(Run("feedback demand --format=csv"), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("dark mode,products/pro,9,4,2,3,6606,"));
  ASSERT_EQ(Run("feedback demand --format=json"), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("\"totalCount\": \"7\""));
}

}  // namespace
}  // namespace perennial::cli
