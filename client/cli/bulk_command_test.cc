// Commands for many: which requests go out, what is printed of each row.

#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/bulk_fixture.h"

namespace perennial::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

TEST_F(BulkTest, PreviewsEachRowInOneLine) {
  width_ = 120;
  EXPECT_EQ(Run({"opportunities", "update", "--filter=stage = OUTREACH OR stage = RENEWAL",
                 "--next-step=Call", "--owner=ada", "--labels=tier=gold,zone=eu", "--dry-run"}),
            kOk)
      << err_.str();
  EXPECT_EQ(
      out_.str(),
      "NAME                             RESULT        CHANGE\n"
      "accounts/acme/opportunities/one  would change  owner: jane → ada; next_step: – → Call; "
      "labels.tier: silver → gold; +1\n"
      "accounts/acme/opportunities/two  would change  owner: jane → ada; next_step: – → Call; "
      "labels.tier: silver → gold; +1\n");
  EXPECT_EQ(err_.str(), "2 would change, 0 would fail\n");
  EXPECT_EQ(Get("one").next_step(), "");
}

TEST_F(BulkTest, ShortensNamesToTheirIds) {
  width_ = 90;
  Add("01jgfjjz00bjag29k856qf", v1::Opportunity::OUTREACH);
  EXPECT_EQ(Run({"opportunities", "update", Renewal("01jgfjjz00bjag29k856qf"), Renewal("one"),
                 "--next-step=A longer way to say that somebody is to be called today"}),
            kOk);
  EXPECT_EQ(out_.str(),
            "NAME                           RESULT   CHANGE\n"
            "acme/…/01jgfjjz00bjag29k856qf  changed  next_step: – → A longer way to say that "
            "somebody…\n"
            "acme/…/one                     changed  next_step: – → A longer way to say that "
            "somebody…\n");
}

TEST_F(BulkTest, ChangesWhatMatchesAsItWasSeen) {
  EXPECT_EQ(Run({"opportunities", "update", "--filter=owner = \"jane\"", "--owner=ada",
                 "--reason=Jane left", "--format=csv"}),
            kOk)
      << err_.str();
  EXPECT_EQ(out_.str(),
            "name,result,change,error\n"
            "accounts/acme/opportunities/one,changed,owner: jane → ada,\n"
            "accounts/acme/opportunities/two,changed,owner: jane → ada,\n");
  const auto batch = LastRequest<v1::BatchUpdateOpportunitiesRequest>();
  EXPECT_EQ(batch.requests(0).opportunity().etag(), "1");
  EXPECT_EQ(batch.requests(0).reason(), "Jane left");
  EXPECT_EQ(Get("two").owner(), "ada");
  EXPECT_EQ(Run({"opportunities", "update", Renewal("one"), Renewal("two"), "--owner=ada"}), kOk);
  EXPECT_EQ(err_.str(), "0 changed, 2 as they are, 0 failed\n");
}

TEST_F(BulkTest, TellsRowsThatFailed) {
  EXPECT_EQ(Run({"opportunities", "update", Renewal("one"), Renewal("gone"), "--owner=ada",
                 "--format=json"}),
            kRefused);
  EXPECT_THAT(out_.str(),
              HasSubstr("{\"field\": \"owner\", \"before\": \"jane\", \"after\": \"ada\"}"));
  EXPECT_THAT(out_.str(), HasSubstr("\"reason\": \"RESOURCE_NOT_FOUND\""));
  EXPECT_EQ(err_.str(), "1 changed, 1 failed\n");
}

TEST_F(BulkTest, TakesNamesFromAFile) {
  const std::string file = File(Renewal("one") + "\r\n\r\n" + Renewal("two") + "\r\n");
  EXPECT_EQ(Run({"opportunities", "update", "--from-file=" + file, "--owner=ada"}), kOk)
      << err_.str();
  EXPECT_EQ(Get("one").owner(), "ada");
  EXPECT_EQ(Get("two").owner(), "ada");
  EXPECT_EQ(Run({"opportunities", "update", "--from-file=" + file}), kRefused) << "no field";
}

TEST_F(BulkTest, TakesNamesFromStandardInput) {
  std::istringstream input(Renewal("two") + "\n");
  std::streambuf* const before = std::cin.rdbuf(input.rdbuf());
  EXPECT_EQ(Run("opportunities update --from-file=- --owner=ada"), kOk) << err_.str();
  std::cin.rdbuf(before);
  EXPECT_EQ(Get("one").owner(), "jane");
  EXPECT_EQ(Get("two").owner(), "ada");
}

TEST_F(BulkTest, EachRowOfAFileHasItsOwnFields) {
  const std::string file =
      File(absl::StrCat("\xef\xbb\xbfname;next_step;labels.tier;forecast_arr\r\n", Renewal("one"),
                        ";\"Call; today\";gold;USD 1.300,50\r\n", Renewal("two"), ";;;\r\n"));
  EXPECT_EQ(Run({"opportunities", "update", "--from-file=" + file, "--owner=ada"}), kOk)
      << err_.str();
  const auto batch = LastRequest<v1::BatchUpdateOpportunitiesRequest>();
  EXPECT_THAT(batch.requests(0).update_mask().paths(),
              UnorderedElementsAre("owner", "next_step", "labels.tier", "forecast_arr"));
  EXPECT_THAT(batch.requests(1).update_mask().paths(), ElementsAre("owner"));
  EXPECT_EQ(Get("one").next_step(), "Call; today");
  EXPECT_EQ(Get("one").labels().at("tier"), "gold");
  EXPECT_EQ(Get("one").forecast_arr().micros(), 1300500000);
  EXPECT_EQ(Get("two").labels().at("tier"), "silver");
  EXPECT_EQ(Run({"opportunities", "update", "--from-file=" + file, "--clear-empty"}), kOk);
  EXPECT_EQ(Get("two").labels().count("tier"), 0u);
  EXPECT_FALSE(Get("two").has_forecast_arr());
}

TEST_F(BulkTest, NamesLinesAndColumnsOfWhatIsWrong) {
  const std::string file = File(
      absl::StrCat("name,next_step_date,forecast_arr\n", Renewal("one"), ",soon,\"USD 1,250\"\n",
                   "accounts/acme,2025-01-31,USD 3\n", Renewal("one"), ",,\n"));
  EXPECT_EQ(Run({"opportunities", "update", "--from-file=" + file}), kRefused);
  EXPECT_THAT(err_.str(),
              HasSubstr(absl::StrCat(file, ":2: column \"next_step_date\": expected ")));
  EXPECT_THAT(err_.str(),
              HasSubstr(absl::StrCat(file,
                                     ":2: column \"forecast_arr\": \"USD 1,250\" may be USD "
                                     "1250.00 or USD 1.25: write it as one of these")));
  EXPECT_THAT(err_.str(),
              HasSubstr(absl::StrCat(file,
                                     ":3: column \"name\": expected accounts/{account}/"
                                     "opportunities/{opportunity}, not \"accounts/acme\"")));
  EXPECT_THAT(err_.str(),
              HasSubstr(":4: column \"name\": accounts/acme/opportunities/one stands in "
                        "line 2 too"));
  EXPECT_TRUE(connection_->records().empty());
  const std::string unknown = File("name,stage\n" + Renewal("one") + ",UPSELL\n");
  EXPECT_EQ(Run({"opportunities", "update", "--from-file=" + unknown}), kRefused);
  EXPECT_THAT(err_.str(),
              HasSubstr(":1: column \"stage\": there are name, reason, display_name, "));
  EXPECT_EQ(Run("opportunities update --from-file=nowhere.csv --owner=ada"), kNotFound);
}

// Every row is reported: what was done before counts.
TEST_F(BulkTest, TellsWhatWasDoneBeforeAnError) {
  for (int i = 0; i < 1200; ++i) Add(absl::StrCat("r", i), v1::Opportunity::OUTREACH);
  int calls = 0;
  connection_->On<v1::BatchUpdateOpportunitiesRequest, v1::BatchOpportunitiesResponse>(
      "BatchUpdateOpportunities",
      [&](const v1::BatchUpdateOpportunitiesRequest& batch)
          -> absl::StatusOr<v1::BatchOpportunitiesResponse> {
        if (++calls == 2) return MakeError(absl::StatusCode::kInternal, v1::INTERNAL_ERROR, "id 7");
        v1::BatchOpportunitiesResponse response;
        for (const auto& request : batch.requests()) {
          SetResult(request.opportunity().name(), Update(request, false), *response.add_results());
        }
        return response;
      });
  EXPECT_EQ(Run({"opportunities", "update", "--filter=owner:*", "--owner=ada", "--format=csv"}),
            kBroken);
  EXPECT_EQ(calls, 2);
  std::map<std::string, int> results;
  for (const absl::string_view line : absl::StrSplit(out_.str(), '\n', absl::SkipEmpty())) {
    ++results[std::vector<std::string>(absl::StrSplit(line, ','))[1]];
  }
  EXPECT_EQ(results,
            (std::map<std::string, int>{
                {"result", 1}, {"changed", 500}, {"INTERNAL_ERROR", 500}, {"NOT_TRIED", 202}}));
  EXPECT_THAT(err_.str(), HasSubstr("500 changed, 702 failed\n"));
}

// Advances by the stage: those in OUTREACH get to ADOPTION_REVIEW, others fail.
class AdvanceTest : public BulkTest {
 protected:
  AdvanceTest() {
    connection_->On<v1::BatchAdvanceOpportunitiesRequest, v1::BatchOpportunitiesResponse>(
        "BatchAdvanceOpportunities", [this](const v1::BatchAdvanceOpportunitiesRequest& batch) {
          v1::BatchOpportunitiesResponse response;
          for (const auto& request : batch.requests()) {
            auto& result = *response.add_results();
            result.set_name(request.name());
            if (renewals_.count(request.name()) == 0) {
              *result.mutable_error() = ToRowError(ResourceNotFound(request.name()));
            } else if (request.from_stage() == v1::Opportunity::RENEWAL) {
              *result.mutable_error() = ToRowError(
                  FailedPreconditions(v1::GATE_UNMET, request.name(), "the gate is not met",
                                      {{"A", "do this"}, {"B", "do that"}}));
            } else {
              *result.mutable_opportunity() = renewals_.at(request.name());
              result.mutable_opportunity()->set_stage(v1::Opportunity::ADOPTION_REVIEW);
            }
          }
          return response;
        });
  }
};

TEST_F(AdvanceTest, AdvancesWhatMatches) {
  renewals_.at(Renewal("one")).set_owner("jane");
  Add("closed", v1::Opportunity::OUTREACH).set_outcome(v1::Opportunity::RENEWED);
  EXPECT_EQ(Run({"opportunities", "advance", "--filter=owner = \"jane\" OR arr > 5", "--dry-run"}),
            kRefused);
  EXPECT_EQ(out_.str(),
            "NAME                             RESULT        CHANGE\n"
            "accounts/acme/opportunities/one  would change  stage: OUTREACH → ADOPTION_REVIEW\n"
            "accounts/acme/opportunities/two  GATE_UNMET    A: do this\n"
            "                                               B: do that\n");
  EXPECT_EQ(err_.str(), "1 would change, 1 would fail\n");
  const auto batch = LastRequest<v1::BatchAdvanceOpportunitiesRequest>();
  EXPECT_TRUE(batch.validate_only());
  EXPECT_FALSE(batch.requests(0).validate_only());
  // The same command twice moves none twice.
  EXPECT_EQ(batch.requests(0).from_stage(), v1::Opportunity::OUTREACH);
  EXPECT_EQ(batch.requests(0).etag(), "1");
}

TEST_F(AdvanceTest, AdvancesThoseInAStageAlone) {
  EXPECT_EQ(Run("opportunities advance --filter=owner:* --from-stage=OUTREACH"), kOk) << err_.str();
  EXPECT_EQ(LastRequest<v1::BatchAdvanceOpportunitiesRequest>().requests_size(), 1);
}

TEST_F(AdvanceTest, AdvancesManyInBatches) {
  for (int i = 0; i < 1198; ++i) Add(absl::StrCat("r", i), v1::Opportunity::OUTREACH);
  EXPECT_EQ(Run({"opportunities", "advance", "--filter=owner:*", "--format=csv"}), kRefused);
  std::vector<int> sizes;
  for (const auto& record : connection_->records()) {
    if (record.method != "BatchAdvanceOpportunities") continue;
    sizes.push_back(
        dynamic_cast<const v1::BatchAdvanceOpportunitiesRequest&>(*record.request).requests_size());
  }
  EXPECT_THAT(sizes, ElementsAre(500, 500, 200));
  EXPECT_EQ(err_.str(), "1199 changed, 1 failed\n");
}

TEST_F(AdvanceTest, AdvancesThoseThatAreNamed) {
  EXPECT_EQ(Run({"opportunities", "advance", Renewal("gone"), Renewal("one"), Renewal("gone"),
                 "--override-reason=the board said so"}),
            kRefused);
  EXPECT_EQ(err_.str(), "1 changed, 1 failed\n");
  const auto batch = LastRequest<v1::BatchAdvanceOpportunitiesRequest>();
  ASSERT_EQ(batch.requests_size(), 2);
  EXPECT_EQ(batch.requests(0).etag(), "");
  EXPECT_EQ(batch.requests(1).name(), Renewal("one"));
  EXPECT_EQ(batch.requests(1).etag(), "1");
  EXPECT_EQ(batch.requests(1).override_reason(), "the board said so");
}

TEST_F(AdvanceTest, NeedsNamesOrAFilter) {
  EXPECT_EQ(Run("opportunities advance"), kUsage);
  EXPECT_EQ(Run("opportunities advance --filter="), kUsage);
  EXPECT_EQ(Run("opportunities advance accounts/a/opportunities/x --filter=owner:*"), kUsage);
  EXPECT_EQ(Run("opportunities advance --filter=owner:* --from-file=x"), kUsage);
  EXPECT_EQ(Run("opportunities advance --filter=owner:* --etag=7"), kUsage);
  EXPECT_EQ(Run("opportunities close --filter=owner:*"), kUsage) << "an outcome is needed";
  EXPECT_EQ(Run("opportunities update --filter=owner:*"), kUsage) << "a field is needed";
  EXPECT_EQ(Run("opportunities advance --filter=ower:*"), kRefused);
  EXPECT_TRUE(connection_->records().empty());
}

}  // namespace
}  // namespace perennial::cli
