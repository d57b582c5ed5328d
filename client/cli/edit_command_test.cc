// There and back again: what is exported, edited as spreadsheets do, and brought in.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/bulk_fixture.h"

namespace perennial::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class EditTest : public BulkTest {
 protected:
  std::string Export(const std::string& columns, const std::string& more = "--delimiter=,") {
    EXPECT_EQ(Run({"export", "opportunities", "--columns=" + columns, more}), kOk) << err_.str();
    return out_.str();
  }

  ExitCode Edit(const std::string& sheet, const std::string& more = "--dry-run=false") {
    return Run({"edit", File(sheet), more});
  }

  size_t Updates() const {
    size_t count = 0;
    for (const auto& record : connection_->records()) {
      count += record.method == "BatchUpdateOpportunities" ? 1 : 0;
    }
    return count;
  }
};

TEST_F(EditTest, ExportsNumbersAndDays) {
  const std::string sheet = Export("owner,forecast_arr,next_step_date,labels.tier");
  EXPECT_THAT(
      sheet,
      StartsWith("name,etag,owner,forecast_arr,forecast_arr.currency_code,next_step_date,"
                 "labels.tier,exported\n"
                 "accounts/acme/opportunities/one,1,jane,1250.00,USD,2025-03-31,silver,x1:"));
  EXPECT_EQ(err_.str(), "2 exported\n");
  EXPECT_THAT(Export("owner", "--delimiter=;"), StartsWith("name;etag;owner;exported\n"));
  EXPECT_EQ(Run("export opportunities --columns=ower"), kUsage);
  EXPECT_EQ(Run("export nothing"), kUsage);
}

TEST_F(EditTest, NothingChangedIsNothing) {
  const std::string sheet =
      Export("stage,arr,owner,forecast_arr,next_step_date,labels,labels.tier");
  EXPECT_EQ(Edit(sheet), kOk) << err_.str();
  EXPECT_EQ(err_.str(), "0 changed, 0 failed\nnothing was changed in 2 more rows of the sheet\n");
  // As a German spreadsheet saves it, and an American one.
  EXPECT_EQ(
      Edit(absl::StrCat("\xef\xbb\xbf", absl::StrReplaceAll(sheet, {{",", ";"},
                                                                    {"50000.00", "50.000,00"},
                                                                    {"1250.00", "1.250"},
                                                                    {"2025-03-31", "31.03.2025"},
                                                                    {"\n", "\r\n"}}))),
      kOk)
      << err_.str();
  EXPECT_EQ(Edit(absl::StrReplaceAll(sheet, {{"50000.00", "\"50,000\""},
                                             {"1250.00", "\"1,250\""},
                                             {"2025-03-31", "3/31/2025"}})),
            kOk)
      << err_.str();
  EXPECT_EQ(Updates(), 0u);
}

TEST_F(EditTest, BringsInTheCellsThatChanged) {
  std::string sheet = Export("owner,forecast_arr,next_step,next_step_date,labels.tier,labels");
  const size_t two = sheet.find(Renewal("two"));
  sheet = sheet.substr(0, two) +
          absl::StrReplaceAll(sheet.substr(two),
                              {{"jane,1250.00,USD,,2025-03-31,silver,tier=silver",
                                "ada,\"1.300,50\",EUR,\"Call\r\nthem\",,gold,tier=silver"}});
  EXPECT_EQ(Edit(sheet, "--dry-run"), kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("owner: jane → ada"));
  EXPECT_THAT(out_.str(), HasSubstr("forecast_arr: USD 1,250.00 → EUR 1,300.50"));
  EXPECT_THAT(out_.str(), HasSubstr("next_step_date: 2025-03-31 → –"));
  EXPECT_EQ(err_.str(),
            "1 would change, 0 would fail\nnothing was changed in 1 more rows of the sheet\n");
  EXPECT_EQ(Get("two").owner(), "jane");
  EXPECT_EQ(Run({"edit", File(sheet), "--reason=Forecast"}), kOk) << err_.str();
  EXPECT_EQ(Get("two").owner(), "ada");
  EXPECT_EQ(Get("two").forecast_arr().currency_code(), "EUR");
  EXPECT_EQ(Get("two").next_step(), "Call\nthem");
  EXPECT_FALSE(Get("two").has_next_step_date());
  EXPECT_EQ(Get("two").labels().at("tier"), "gold");
  const auto batch = LastRequest<v1::BatchUpdateOpportunitiesRequest>();
  ASSERT_EQ(batch.requests_size(), 1);
  EXPECT_EQ(batch.requests(0).opportunity().etag(), "1");
  EXPECT_EQ(batch.requests(0).reason(), "Forecast");
  // Again: it is there already.
  EXPECT_EQ(Edit(sheet), kOk) << err_.str();
  EXPECT_EQ(Updates(), 2u);
}

// Cell by cell: what moved on elsewhere does not keep the others from being brought in.
TEST_F(EditTest, ShowsConflicts) {
  const std::string sheet = Export("owner,next_step,stage");
  v1::Opportunity& one = renewals_.at(Renewal("one"));
  one.set_next_step("They call");
  one.set_stage(v1::Opportunity::UPSELL);
  one.set_etag("2");
  EXPECT_EQ(Edit(absl::StrReplaceAll(sheet, {{"jane,", "ada,We call"}})), kRefused);
  EXPECT_EQ(Get("one").owner(), "ada");
  EXPECT_EQ(Get("one").next_step(), "They call");
  EXPECT_EQ(Get("two").next_step(), "We call");
  EXPECT_THAT(out_.str(),
              HasSubstr("accounts/acme/opportunities/one  CONFLICT  next_step: the sheet "
                        "says \"We call\", but since the export it has become \"They "
                        "call\""));
  EXPECT_EQ(err_.str(), "2 changed, 1 failed\n");
  EXPECT_THAT(LastRequest<v1::BatchUpdateOpportunitiesRequest>().requests(0).opportunity().etag(),
              "2");
  renewals_.erase(Renewal("one"));
  EXPECT_EQ(Edit(absl::StrReplaceAll(sheet, {{"jane,", "jo,We call"}})), kRefused);
  EXPECT_THAT(out_.str(), HasSubstr("RESOURCE_NOT_FOUND"));
}

TEST_F(EditTest, GoesByTheEtagWhereTheMarksAreGone) {
  const std::string sheet =
      absl::StrCat("name,etag,owner\n", Renewal("one"), ",1,ada\n", Renewal("two"), ",1,ada\n");
  renewals_.at(Renewal("two")).set_etag("2");
  EXPECT_EQ(Edit(sheet), kRefused);
  EXPECT_EQ(Get("one").owner(), "ada");
  EXPECT_EQ(Get("two").owner(), "jane");
  EXPECT_THAT(out_.str(), HasSubstr("two  CONFLICT"));
}

TEST_F(EditTest, RefusesWhatCannotBeChangedOnlyWhereItWas) {
  const std::string sheet = Export("stage,arr,owner");
  EXPECT_EQ(Edit(absl::StrReplaceAll(sheet, {{"jane", "ada"}})), kOk) << err_.str();
  const std::string path = File(absl::StrReplaceAll(sheet, {{"OUTREACH", "UPSELL"}}));
  EXPECT_EQ(Run({"edit", path}), kRefused);
  EXPECT_EQ(err_.str(),
            absl::StrCat("perennial: ", path,
                         ":2: column \"stage\": it cannot be changed by an edit: it was "
                         "\"OUTREACH\"\n"));
}

TEST_F(EditTest, NamesTheCellsThatAreWrong) {
  const std::string sheet = Export("forecast_arr,next_step_date,owner_risk_level");
  const size_t updates = Updates();
  const std::string path = File(
      absl::StrReplaceAll(sheet, {{"1250.00,USD,2025-03-31,", "\"1,300\",USD,3/4/2025,DIRE"}}));
  EXPECT_EQ(Run({"edit", path}), kRefused);
  EXPECT_THAT(err_.str(), HasSubstr(":2: column \"forecast_arr\": \"1,300\" may be USD 1300.00 or "
                                    "USD 1.30: write it as one of these\n"));
  EXPECT_THAT(err_.str(), HasSubstr(":3: column \"next_step_date\": \"3/4/2025\" may be "));
  EXPECT_THAT(err_.str(), HasSubstr("column \"owner_risk_level\": expected one of LOW, MEDIUM"));
  EXPECT_EQ(Updates(), updates) << "nothing of it is written";
}

TEST_F(EditTest, RefusesWhatASpreadsheetMadeOfATextByItself) {
  renewals_.at(Renewal("one")).set_owner("00123");
  const std::string sheet = Export("owner");
  EXPECT_EQ(Edit(sheet), kOk) << err_.str();
  EXPECT_EQ(Edit(absl::StrReplaceAll(sheet, {{",00123,", ",123,"}})), kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("column \"owner\": \"123\" is what spreadsheets make of "
                                    "\"00123\" by themselves"));
}

TEST_F(EditTest, RefusesSheetsThatAreNone) {
  const auto error = [this](const std::string& sheet) {
    EXPECT_EQ(Edit(sheet), kRefused) << sheet;
    return err_.str();
  };
  EXPECT_THAT(error("owner\nada\n"), HasSubstr(":1: there is no column \"name\" among owner"));
  EXPECT_THAT(error("name,owner\nada,jane\n"),
              HasSubstr(":2: column \"name\": expected the name of"));
  EXPECT_THAT(error("name,owner\n"), HasSubstr("has no rows"));
  EXPECT_THAT(error("name,ower\n" + Renewal("one") + ",x\n"), HasSubstr(":1: column \"ower\": "));
  EXPECT_THAT(error("name,owner\n" + Renewal("one") + ",x\naccounts/acme,x\n"),
              HasSubstr(":3: column \"name\": expected accounts/{account}/opportunities/"));
  EXPECT_THAT(
      error(absl::StrCat("name,owner\n", Renewal("one"), ",x\n", Renewal("one"), ",y\n")),
      HasSubstr(":3: column \"name\": accounts/acme/opportunities/one stands in line 2 too"));
  // A column that was sorted alone.
  const std::string sheet = Export("owner");
  EXPECT_THAT(error(absl::StrReplaceAll(
                  sheet, {{Renewal("one"), Renewal("two")}, {Renewal("two"), Renewal("one")}})),
              HasSubstr("column \"exported\": is that of another row"));
  EXPECT_THAT(error("name,owner,exported\n" + Renewal("one") + ",x,y\n"),
              HasSubstr("column \"exported\": expected what the export wrote there"));
  EXPECT_EQ(Run("edit nowhere.csv"), kNotFound);
}

}  // namespace
}  // namespace perennial::cli
