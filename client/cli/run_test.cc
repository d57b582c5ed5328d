// Whole command lines against a fake connection: what is called, what is printed.

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/resources.h"
#include "client/cli/run_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/api/errors.h"
#include "lib/api/validate.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/clock_service.pb.h"
#include "perennial/v1/history_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/proto_files.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

TEST_F(RunTest, CreatesFromFlags) {
  Answer<v1::CreateContactRequest, v1::Contact>("CreateContact");
  ASSERT_EQ(Run("contacts create acme --id=joe --display-name='Joe Doe' --roles=CHAMPION "
                "--roles=influencer,EVALUATOR --labels=a=1 --do-not-contact --dry-run "
                "--request-id=r1"),
            kOk)
      << err_.str();
  const auto request = LastRequest<v1::CreateContactRequest>();
  EXPECT_EQ(request.parent(), "accounts/acme");
  EXPECT_EQ(request.contact_id(), "joe");
  EXPECT_EQ(request.contact().display_name(), "Joe Doe");
  EXPECT_THAT(request.contact().roles(),
              ElementsAre(v1::Contact::CHAMPION, v1::Contact::INFLUENCER, v1::Contact::EVALUATOR));
  EXPECT_EQ(request.contact().labels().at("a"), "1");
  EXPECT_TRUE(request.contact().do_not_contact());
  EXPECT_TRUE(request.validate_only());
  EXPECT_EQ(request.request_id(), "r1");
  EXPECT_EQ(connection_->records().back().options.actor, "jane");
}

TEST_F(RunTest, RefusesTextThatIsNotUtf8) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(Run({"accounts", "create", "--display-name=M\xfcller"}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--display-name=M\\xfcller is not in UTF-8"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "no library speaks for us";
}

TEST_F(RunTest, UpdatesWhatIsGiven) {
  Answer<v1::UpdateSubscriptionRequest, v1::Subscription>("UpdateSubscription");
  ASSERT_EQ(Run("subscriptions update accounts/acme/subscriptions/pro --auto-renew=false "
                "--labels=tier=gold --etag=7"),
            kOk)
      << err_.str();
  const auto request = LastRequest<v1::UpdateSubscriptionRequest>();
  EXPECT_EQ(request.subscription().name(), "accounts/acme/subscriptions/pro");
  EXPECT_EQ(request.subscription().etag(), "7");
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("auto_renew", "labels.tier"));
}

TEST_F(RunTest, ClearsWhatIsGivenEmpty) {
  Answer<v1::UpdateContactRequest, v1::Contact>("UpdateContact");
  ASSERT_EQ(Run({"contacts", "update", "accounts/acme/contacts/joe",
                 "--title=", "--roles=", "--labels="}),
            kOk)
      << err_.str();
  const auto request = LastRequest<v1::UpdateContactRequest>();
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("title", "roles", "labels"));
  EXPECT_EQ(request.contact().title(), "");
}

TEST_F(RunTest, ClearsEnumsDatesAndAmountsToo) {
  Answer<v1::UpdateOpportunityRequest, v1::Opportunity>("UpdateOpportunity");
  ASSERT_EQ(Run("opportunities update accounts/acme/opportunities/2025 --forecast-arr= "
                "--next-step-date= --owner-risk-level="),
            kOk)
      << err_.str();
  auto request = LastRequest<v1::UpdateOpportunityRequest>();
  EXPECT_THAT(request.update_mask().paths(),
              UnorderedElementsAre("forecast_arr", "next_step_date", "owner_risk_level"));
  request.mutable_opportunity()->clear_name();
  EXPECT_EQ(request.opportunity().ByteSizeLong(), 0u);
}

TEST_F(RunTest, TakesMoneyDatesAndJson) {
  Answer<v1::CreateOfferRequest, v1::Offer>("CreateOffer");
  ASSERT_EQ(Run({"offers", "create", "accounts/acme/opportunities/2025", "--term-months=12",
                 "--arr=USD 1200.50", "--expire-date=2025-01-31",
                 R"(--lines=[{"subscription": "accounts/acme/subscriptions/a", "seats": 3}])"}),
            kOk)
      << err_.str();
  const v1::Offer offer = LastRequest<v1::CreateOfferRequest>().offer();
  EXPECT_EQ(offer.arr().micros(), 1200500000);
  EXPECT_EQ(offer.expire_date().month(), 1);
  ASSERT_EQ(offer.lines_size(), 1);
  EXPECT_EQ(offer.lines(0).seats(), 3);
}

TEST_F(RunTest, AppendsASampleFromFlags) {
  Answer<v1::AppendUsageSamplesRequest, v1::AppendUsageSamplesResponse>("AppendUsageSamples");
  ASSERT_EQ(Run("usage append accounts/acme/subscriptions/pro --capability=c --active-users=7 "
                "--sample-date=2025-01-31"),
            kOk)
      << err_.str();
  const auto request = LastRequest<v1::AppendUsageSamplesRequest>();
  EXPECT_EQ(request.parent(), "accounts/acme/subscriptions/pro");
  ASSERT_EQ(request.usage_samples_size(), 1);
  EXPECT_EQ(request.usage_samples(0).active_users(), 7);
}

TEST_F(RunTest, ListsEverythingWithoutAParent) {
  Answer<v1::ListOffersRequest, v1::ListOffersResponse>("ListOffers");
  EXPECT_EQ(Run("offers list"), kOk);
  EXPECT_EQ(LastRequest<v1::ListOffersRequest>().parent(), "accounts/-/opportunities/-");
  EXPECT_EQ(Run("offers list --all"), kOk);
  EXPECT_EQ(LastRequest<v1::ListOffersRequest>().parent(), "accounts/-/opportunities/-");
  EXPECT_EQ(Run("offers list --all accounts/acme/opportunities/2025"), kUsage);
}

class ListTest : public RunTest {
 protected:
  ListTest() {
    connection_->On<v1::ListOpportunitiesRequest, v1::ListOpportunitiesResponse>(
        "ListOpportunities", [this](const v1::ListOpportunitiesRequest& request) {
          v1::ListOpportunitiesResponse page =
              Page(request.page_token().empty() ? 0 : std::stoi(request.page_token()),
                   request.page_size());
          if (request.include_total_size()) {
            page.set_total_size(std::min(count_, 10'000));
            page.set_total_size_exceeded(count_ > 10'000);
          }
          return page;
        });
  }

  v1::ListOpportunitiesResponse Page(int first, int size) const {
    v1::ListOpportunitiesResponse response;
    for (int i = first; i < std::min(first + size, count_); ++i) {
      auto& opportunity = *response.add_opportunities();
      opportunity.set_name(absl::StrCat("accounts/acme/opportunities/", i));
      opportunity.set_stage(i % 2 == 0 ? v1::Opportunity::OUTREACH : v1::Opportunity::RENEWAL);
      opportunity.set_outcome(v1::Opportunity::OPEN);
      *opportunity.mutable_arr() = Usd(i * 1000 + 5);
      opportunity.mutable_renewal_date()->set_year(2025);
      opportunity.mutable_renewal_date()->set_month(6);
      opportunity.mutable_renewal_date()->set_day(30);
      opportunity.set_owner("jane, \"the boss\"");
      opportunity.mutable_account()->set_display_name("Acme");
    }
    if (first + size < count_) response.set_next_page_token(absl::StrCat(first + size));
    return response;
  }

  int count_ = 3;
};

TEST_F(ListTest, PrintsATable) {
  ASSERT_EQ(Run("opportunities list --limit=2"), kOk);
  EXPECT_EQ(out_.str(),
            "NAME                           STAGE     OUTCOME           ARR  RENEWAL DATE  "
            "RISK LEVEL  OWNER             ACCOUNT DISPLAY NAME\n"
            "accounts/acme/opportunities/0  OUTREACH  OPEN         USD 5.00  2025-06-30    "
            "            jane, \"the boss\"  Acme\n"
            "accounts/acme/opportunities/1  RENEWAL   OPEN     USD 1,005.00  2025-06-30    "
            "            jane, \"the boss\"  Acme\n");
  EXPECT_EQ(err_.str(), "there is more: --limit=0 shows all\n");
}

TEST_F(ListTest, ShortensNamesToFitIntoTheTerminal) {
  width_ = 70;
  ASSERT_EQ(Run("opportunities list --limit=2"), kOk);
  EXPECT_EQ(out_.str(),
            "NAME                     STAGE     OUTCOME           ARR  RENEWAL DATE\n"
            "…s/acme/opportunities/0  OUTREACH  OPEN         USD 5.00  2025-06-30\n"
            "…s/acme/opportunities/1  RENEWAL   OPEN     USD 1,005.00  2025-06-30\n");
  EXPECT_THAT(
      err_.str(),
      StartsWith("no room for RISK LEVEL, OWNER, ACCOUNT DISPLAY NAME: --columns chooses, "));
}

TEST_F(ListTest, PrintsCsv) {
  ASSERT_EQ(Run("opportunities list --format=csv --columns=name,account.display_name --limit=1"),
            kOk);
  EXPECT_EQ(out_.str(),
            "name,account.display_name\n"
            "accounts/acme/opportunities/0,Acme\n");
  out_.str("");
  err_.str("");
  ASSERT_EQ(Run("opportunities list --format=csv --columns=name,arr,owner"), kOk);
  EXPECT_EQ(out_.str(),
            "name,arr,owner\n"
            "accounts/acme/opportunities/0,USD 5.00,\"jane, \"\"the boss\"\"\"\n"
            "accounts/acme/opportunities/1,USD 1005.00,\"jane, \"\"the boss\"\"\"\n"
            "accounts/acme/opportunities/2,USD 2005.00,\"jane, \"\"the boss\"\"\"\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ListTest, PrintsAJsonArray) {
  ASSERT_EQ(Run("--format=json opportunities list"), kOk);
  v1::ListOpportunitiesResponse parsed;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(
                  absl::StrCat("{\"opportunities\":", out_.str(), "}"), &parsed)
                  .ok())
      << out_.str();
  EXPECT_EQ(parsed.SerializeAsString(), Page(0, 3).SerializeAsString());
  count_ = 0;
  ASSERT_EQ(Run("opportunities list --format=json"), kOk);
  EXPECT_EQ(out_.str(), "[]\n");
}

TEST_F(ListTest, SearchesBesideTheFilter) {
  ASSERT_EQ(Run("opportunities list --search='say \"hi\"'"), kOk);
  EXPECT_EQ(LastRequest<v1::ListOpportunitiesRequest>().filter(), R"(search:"say \"hi\"")");
  ASSERT_EQ(Run("opportunities list --search=hi --filter='arr > 5 OR stage = UPSELL'"), kOk);
  EXPECT_EQ(LastRequest<v1::ListOpportunitiesRequest>().filter(),
            R"((arr > 5 OR stage = UPSELL) search:"hi")");
  // In the words of what was typed, which is no filter.
  EXPECT_EQ(Run("opportunities list --search=' '"), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--search: expected a word to search for"));
}

TEST_F(ListTest, GoesThroughAllPages) {
  count_ = 2500;
  ASSERT_EQ(Run("opportunities list --limit=0 --format=csv --columns=name"), kOk);
  EXPECT_EQ(connection_->records().size(), 3u);
  const std::string lines = out_.str();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2501);
}

TEST_F(ListTest, TellsTheTotalSize) {
  ASSERT_EQ(Run("opportunities list --total --limit=2"), kOk);
  EXPECT_EQ(err_.str(), "2 of 3\nthere is more: --limit=0 shows all\n");
  count_ = 12'000;
  ASSERT_EQ(Run("opportunities list --total --limit=2000 --format=csv"), kOk);
  EXPECT_THAT(err_.str(), StartsWith("2000 of more than 10000\n"));
  // Asked for with the first page alone.
  EXPECT_FALSE(LastRequest<v1::ListOpportunitiesRequest>().include_total_size());
}

TEST_F(ListTest, ReadsThePast) {
  ASSERT_EQ(Run("opportunities list --read-time=2025-01-31"), kOk);
  EXPECT_EQ(LastRequest<v1::ListOpportunitiesRequest>().read_time().seconds(), 1738281600);
  Answer<v1::GetBoardRequest, v1::Board>("GetBoard");
  ASSERT_EQ(Run("board --read-time=2025-01-31"), kOk);
  EXPECT_EQ(LastRequest<v1::GetBoardRequest>().read_time().seconds(), 1738281600);
}

TEST_F(ListTest, RefusesAnUnknownColumn) {
  EXPECT_EQ(Run("opportunities list --columns=nam"), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("no column nam: there are name, display_name"));
}

TEST_F(ListTest, RefusesColumnsThatNameNone) {
  for (const char* list : {"opportunities list", "changes"}) {
    for (const char* columns : {"", ",", "' '"}) {
      EXPECT_EQ(Run(absl::StrCat(list, " --columns=", columns)), kUsage) << columns;
      EXPECT_THAT(err_.str(), HasSubstr("--columns: no column is named: there are "));
    }
  }
}

TEST_F(RunTest, PrintsOneResource) {
  v1::Product product;
  product.set_name("products/pro");
  product.set_note("first line\nsecond line");
  *product.mutable_list_price() = Usd(1200);
  product.add_capabilities()->set_id("sso");
  product.mutable_capabilities(0)->set_display_name("Single sign-on");
  product.add_capabilities()->set_id("api");
  Answer<v1::GetProductRequest, v1::Product>("GetProduct", product);
  ASSERT_EQ(Run("products get pro"), kOk);
  EXPECT_EQ(LastRequest<v1::GetProductRequest>().name(), "products/pro");
  EXPECT_EQ(out_.str(),
            "name        products/pro\n"
            "list_price  USD 1,200.00\n"
            "retired     false\n"
            "note        first line\n"
            "            second line\n"
            "capabilities:\n"
            "  ID   DISPLAY NAME    DESCRIPTION\n"
            "  sso  Single sign-on\n"
            "  api\n");
}

v1::Account Fading() {
  v1::Account account;
  account.set_name("accounts/acme");
  account.set_display_name("Acme");
  v1::RelationshipStanding& standing = *account.mutable_standing();
  standing.set_state(v1::RelationshipStanding::FADING);
  standing.mutable_silent_since()->set_year(2025);
  standing.mutable_silent_since()->set_month(1);
  standing.mutable_silent_since()->set_day(31);
  standing.add_reasons()->set_description("Silent for 70 days");
  return account;
}

TEST_F(RunTest, PrintsWhatIsWithinAResource) {
  Answer<v1::GetAccountRequest, v1::Account>("GetAccount", Fading());
  ASSERT_EQ(Run("accounts get acme"), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("standing.state                    FADING\n"
                                    "standing.silent_since             2025-01-31\n"));
  EXPECT_THAT(out_.str(), HasSubstr("standing.reasons:\n"
                                    "  STATE  DESCRIPTION         EVIDENCE\n"
                                    "         Silent for 70 days\n"));
  v1::Account silent = Fading();
  silent.clear_standing();
  Answer<v1::GetAccountRequest, v1::Account>("GetAccount", silent);
  ASSERT_EQ(Run("accounts get acme"), kOk);
  EXPECT_EQ(out_.str(), "name          accounts/acme\ndisplay_name  Acme\n");
}

TEST_F(RunTest, ListsWhatIsWithinResources) {
  v1::ListAccountsResponse response;
  *response.add_accounts() = Fading();
  response.add_accounts()->set_name("accounts/globex");
  Answer<v1::ListAccountsRequest, v1::ListAccountsResponse>("ListAccounts", response);
  ASSERT_EQ(Run("accounts list"), kOk);
  EXPECT_EQ(out_.str(),
            "NAME             DISPLAY NAME  SEGMENT  OWNER  STANDING STATE  STANDING SILENT SINCE\n"
            "accounts/acme    Acme                          FADING          2025-01-31\n"
            "accounts/globex\n");
  ASSERT_EQ(Run("accounts list --format=csv --columns=name,standing.gave_count"), kOk);
  EXPECT_EQ(out_.str(), "name,standing.gave_count\naccounts/acme,0\naccounts/globex,\n");
  EXPECT_EQ(Run("accounts list --columns=standing.sate"), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("no column standing.sate: there are name, "));
  EXPECT_THAT(err_.str(), HasSubstr("standing.silent_since"));
  EXPECT_EQ(Run("accounts list --columns=standing.reasons.state"), kUsage);
}

v1::Board BoardOfTwoStages() {
  v1::Board board;
  auto& column = *board.add_columns();
  column.set_stage(v1::Opportunity::OUTREACH);
  column.set_count(12);
  column.set_overdue_count(2);
  auto& amount = *column.add_amounts();
  *amount.mutable_arr() = Usd(1200000);
  *amount.mutable_weighted_arr() = Usd(300000);
  *amount.mutable_overdue_arr() = Usd(50);
  *amount.mutable_at_risk_arr() = Usd(0);
  board.add_columns()->set_stage(v1::Opportunity::RENEWAL);
  return board;
}

TEST_F(RunTest, TheBoardFitsIntoTheTerminal) {
  width_ = 80;
  Answer<v1::GetBoardRequest, v1::Board>("GetBoard", BoardOfTwoStages());
  ASSERT_EQ(Run("board"), kOk);
  EXPECT_THAT(out_.str(), StartsWith("STAGE     COUNT               ARR        WEIGHTED  OVERDUE  "
                                     "OVERDUE ARR  AT RISK\n"));
  EXPECT_EQ(err_.str(), "no room for AT RISK ARR: --format=json shows all\n");
}

TEST_F(RunTest, PrintsTheBoard) {
  Answer<v1::GetBoardRequest, v1::Board>("GetBoard", BoardOfTwoStages());
  ASSERT_EQ(Run("board"), kOk);
  EXPECT_EQ(LastRequest<v1::GetBoardRequest>().parent(), "accounts/-");
  EXPECT_EQ(out_.str(),
            "STAGE     COUNT               ARR        WEIGHTED  OVERDUE  OVERDUE ARR  AT RISK  "
            "AT RISK ARR\n"
            "OUTREACH     12  USD 1,200,000.00  USD 300,000.00        2    USD 50.00        0  "
            "   USD 0.00\n"
            "RENEWAL       0                                          0                     0\n");
}

TEST_F(RunTest, FiltersChanges) {
  Answer<v1::ListChangesRequest, v1::ListChangesResponse>("ListChanges");
  ASSERT_EQ(Run({"changes", "--account=accounts/acme", "--actor=a \"b\"", "--since=2025-01-31",
                 "--filter=operation = DELETED OR revision > 7"}),
            kOk)
      << err_.str();
  const auto request = LastRequest<v1::ListChangesRequest>();
  EXPECT_EQ(request.filter(),
            "(operation = DELETED OR revision > 7) AND account = \"accounts/acme\" AND "
            "actor = \"a \\\"b\\\"\" AND change_time >= \"2025-01-31\"");
  EXPECT_EQ(request.order_by(), "revision desc");
  EXPECT_EQ(connection_->records().back().options.actor, "jane");
}

TEST_F(RunTest, TellsErrorsWithWhatToDo) {
  Answer<v1::AdvanceOpportunityRequest, v1::Opportunity>(
      "AdvanceOpportunity",
      FailedPreconditions(v1::GATE_UNMET, "accounts/a/opportunities/o", "the gate is not met",
                          {{"DECISION_ROLE_REACHED", "reach somebody who decides"},
                           {"GAVE_BEFORE_ASKING", "give first"}}));
  EXPECT_EQ(Run("opportunities advance accounts/a/opportunities/o"), kRefused);
  EXPECT_EQ(err_.str(),
            "perennial: the gate is not met\n"
            "  DECISION_ROLE_REACHED  reach somebody who decides\n"
            "  GAVE_BEFORE_ASKING     give first\n"
            "`perennial opportunities check-gate NAME` shows the evidence; a manager may give "
            "--override-reason\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(RunTest, DoesNotRepeatTheMessage) {
  Answer<v1::CloseOpportunityRequest, v1::Opportunity>(
      "CloseOpportunity",
      FailedPrecondition(v1::WRONG_STATE, "accounts/a/opportunities/o", "it is closed already"));
  EXPECT_EQ(Run("opportunities close accounts/a/opportunities/o --outcome=RENEWED"), kRefused);
  EXPECT_EQ(err_.str(), "perennial: it is closed already\n");
}

TEST_F(RunTest, TellsErrorsAsJson) {
  Answer<v1::CreateAccountRequest, v1::Account>(
      "CreateAccount", InvalidField("account.country", "must be two letters"));
  EXPECT_EQ(Run("accounts create --display-name=x --format=json"), kRefused);
  const std::string json = err_.str();
  ASSERT_TRUE(absl::StartsWith(json, "{\"error\": ")) << json;
  v1::RowError error;
  ASSERT_TRUE(
      google::protobuf::util::JsonStringToMessage(json.substr(10, json.rfind('}') - 10), &error)
          .ok())
      << json;
  EXPECT_EQ(error.reason(), "INVALID_FIELD");
  ASSERT_EQ(error.violations_size(), 1);
  EXPECT_EQ(error.violations(0).subject(), "account.country");
}

TEST_F(RunTest, ExitsWithWhatHappened) {
  const auto exit_for = [this](absl::Status status) {
    Answer<v1::GetAccountRequest, v1::Account>("GetAccount", std::move(status));
    return Run("accounts get acme --timeout=1ms");
  };
  EXPECT_EQ(exit_for(ResourceNotFound("accounts/acme")), kNotFound);
  EXPECT_EQ(exit_for(WriteConflict()), kRefused);
  EXPECT_EQ(exit_for(absl::UnavailableError("connection refused")), kUnavailable);
  EXPECT_THAT(err_.str(), HasSubstr("no server answers at 127.0.0.1:50051"));
  EXPECT_THAT(err_.str(), HasSubstr("scripts/run"));
  EXPECT_EQ(exit_for(absl::DeadlineExceededError("late")), kUnavailable);
  EXPECT_EQ(exit_for(MakeError(absl::StatusCode::kPermissionDenied, v1::ROLE_TOO_LOW, "no")),
            kNotAllowed);
  EXPECT_EQ(exit_for(MakeError(absl::StatusCode::kInternal, v1::INTERNAL_ERROR, "id 7")), kBroken);
}

TEST_F(RunTest, OutputThatIsNotWrittenIsAnError) {
  Answer<v1::GetAccountRequest, v1::Account>("GetAccount");
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(Run("accounts get acme"), kUnwritten);
  EXPECT_THAT(err_.str(), HasSubstr("could not be written"));
  EXPECT_EQ(Run("--help"), kUnwritten);
}

TEST_F(RunTest, AnActorIsOneShortLine) {
  for (const std::string& actor : {std::string(201, 'x'), std::string("a\nb")}) {
    EXPECT_EQ(Run({"accounts", "list", "--actor=" + actor}), kUsage);
    EXPECT_THAT(err_.str(), HasSubstr("--actor: expected at most 200 characters on one line"));
  }
}

TEST_F(RunTest, CsvRunsNoFormulas) {
  const auto cell = [this](const std::string& name, const std::string& flag) {
    v1::Account account;
    account.set_display_name(name);
    Answer<v1::GetAccountRequest, v1::Account>("GetAccount", account);
    EXPECT_EQ(Run({"accounts", "get", "acme", "--format=csv", flag}), kOk) << err_.str();
    return out_.str();
  };
  for (const char* name : {"=1+1", "+1 555", "-x", "@SUM(A1)", "\t=1"}) {
    EXPECT_THAT(cell(name, "--csv-raw=false"), HasSubstr(absl::StrCat("'", name))) << name;
    EXPECT_THAT(cell(name, "--csv-raw"), Not(HasSubstr("'"))) << name;
  }
  for (const char* name : {"-5", "+5.5", "Acme = 1", "a@b.example"}) {
    EXPECT_THAT(cell(name, "--csv-raw=false"), Not(HasSubstr("'"))) << name;
  }
  EXPECT_THAT(cell("A", "--csv-bom"), StartsWith("\xef\xbb\xbf"));
}

TEST_F(RunTest, TakesOneLabelOff) {
  Answer<v1::UpdateAccountRequest, v1::Account>("UpdateAccount");
  ASSERT_EQ(Run("accounts update acme --labels=tier-,zone=eu"), kOk) << err_.str();
  const auto request = LastRequest<v1::UpdateAccountRequest>();
  EXPECT_THAT(request.update_mask().paths(), UnorderedElementsAre("labels.tier", "labels.zone"));
  EXPECT_EQ(request.account().labels().size(), 1);
}

TEST_F(RunTest, TellsWrongCommandLines) {
  const auto error = [this](const std::string& command_line) {
    EXPECT_EQ(Run(command_line), kUsage) << command_line;
    return err_.str();
  };
  EXPECT_THAT(error("contcts list"), HasSubstr("there is no command \"contcts\""));
  EXPECT_THAT(error("contacts lst"), HasSubstr("there is no command \"lst\""));
  EXPECT_THAT(error("contacts"), HasSubstr("Usage: perennial contacts"));
  EXPECT_THAT(error("contacts get"), HasSubstr("NAME is required"));
  EXPECT_THAT(error("contacts list --fliter=x"), HasSubstr("--fliter"));
  EXPECT_THAT(error("accounts update acme"), HasSubstr("a field to change is required"));
  EXPECT_THAT(error("accounts create"), HasSubstr("--display-name is required"));
  EXPECT_THAT(error("accounts create --display-name=x --labels=gold"), HasSubstr("key=value"));
  EXPECT_THAT(error("accounts list --timeout=soon"), HasSubstr("such as 5s"));
  EXPECT_THAT(error("accounts list --format=xml"), HasSubstr("--format"));
  EXPECT_TRUE(connection_->records().empty());
}

TEST_F(RunTest, PassesTheCommonFlagsOn) {
  Answer<v1::GetTimeRequest, v1::ClockTime>("GetTime");
  ASSERT_EQ(Run("clock get --actor=joe --role=VIEWER --timeout=30"), kOk) << err_.str();
  const client::CallOptions options = connection_->records().back().options;
  EXPECT_EQ(options.actor, "joe");
  EXPECT_EQ(options.role, v1::VIEWER);
  EXPECT_GT(options.timeout, absl::Seconds(20));
}

TEST_F(RunTest, HelpsWithoutAServer) {
  EXPECT_EQ(Run("--help"), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("Exit codes:"));
  EXPECT_EQ(Run("contacts create --help"), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("--display-name TEXT REQUIRED"));
  EXPECT_THAT(out_.str(), HasSubstr("What the person wants from us, in their words."));
  EXPECT_THAT(out_.str(), HasSubstr("Any of DECISION_MAKER, ECONOMIC_BUYER"));
  EXPECT_TRUE(connection_->records().empty());
}

// The example that a command's help ends with, without "perennial".
std::string ExampleIn(const std::string& help) {
  constexpr absl::string_view kMark = "Example:\n  perennial ";
  const size_t start = help.find(std::string(kMark));
  EXPECT_NE(start, std::string::npos) << help;
  return help.substr(start + kMark.size(),
                     help.find('\n', start + kMark.size()) - start - kMark.size());
}

std::vector<const google::protobuf::MethodDescriptor*> AllMethods() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const char* file_name : kProtoFiles) {
    const auto* file =
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName(file_name);
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.push_back(file->service(i)->method(j));
      }
    }
  }
  return methods;
}

TEST_F(RunTest, HasWorkingExamplesForEveryMethod) {
  // Reached by `opportunities advance` and `import`, whose tests show it.
  std::set<std::string> methods = {"AdvanceOpportunity", "BatchAdvanceOpportunities", "Import"};
  // Each command that calls a method for one calls it for many too, where the server has that.
  const auto insert = [&methods](const std::string& name, const std::string& help) {
    methods.insert(name);
    if (!absl::StrContains(help, "--from-file")) return;
    for (const auto* method : AllMethods()) {
      if (method->name() != name) continue;
      const auto* batch = FindBatchMethod(*method);
      if (batch != nullptr) methods.insert(batch->name());
    }
  };
  const auto complete = [this](const std::vector<std::string>& words) {
    std::vector<std::string> line = {"__complete", "--"};
    line.insert(line.end(), words.begin(), words.end());
    EXPECT_EQ(Run(line), kOk);
    return std::vector<std::string>(absl::StrSplit(out_.str(), '\n', absl::SkipEmpty()));
  };
  for (const std::string& group : complete({""})) {
    std::vector<std::string> commands = complete({group, ""});
    // Of some those are arguments.
    const std::set<std::string> single = {"board",  "churn", "completion",
                                          "export", "renew", "show"};
    if (single.count(group) > 0) commands.clear();
    for (std::string& command : commands) command = absl::StrCat(group, " ", command);
    if (commands.empty()) commands.push_back(group);
    for (const std::string& command : commands) {
      ASSERT_EQ(Run(absl::StrCat(command, " --help")), kOk);
      const std::string help = out_.str();
      const std::string example = ExampleIn(help);
      EXPECT_TRUE(absl::StartsWith(example, command)) << example;
      EXPECT_NE(Run(example), kUsage) << example << "\n" << err_.str();
      if (connection_->records().empty()) continue;
      const auto record = connection_->records().back();
      insert(record.method, help);
      EXPECT_TRUE(ValidateRequest(*record.request).ok())
          << example << ": " << ValidateRequest(*record.request);
    }
  }
  for (const auto* method : AllMethods()) {
    EXPECT_EQ(methods.count(method->name()), 1u) << "no command calls " << method->name();
  }
}

TEST_F(RunTest, CompletesCommandsFlagsAndValues) {
  const auto complete = [this](const std::string& words) {
    std::vector<std::string> line = {"__complete", "--"};
    for (const auto word : absl::StrSplit(words, ' ')) line.emplace_back(word);
    EXPECT_EQ(Run(line), kOk);
    return std::vector<std::string>(absl::StrSplit(out_.str(), '\n', absl::SkipEmpty()));
  };
  EXPECT_THAT(complete("su"), ElementsAre("subscriptions"));
  EXPECT_THAT(complete("opportunities ga"), ElementsAre());
  EXPECT_THAT(complete("opportunities ch"), ElementsAre("check-gate"));
  EXPECT_THAT(complete("opportunities close --out"), ElementsAre("--outcome="));
  EXPECT_THAT(complete("opportunities close --outcome=re"), ElementsAre("--outcome=RENEWED"));
  EXPECT_THAT(complete("opportunities close --outcome re"), ElementsAre("RENEWED"));
  // As bash parts it.
  EXPECT_THAT(complete("opportunities close --outcome = re"), ElementsAre("RENEWED"));
  EXPECT_THAT(complete("opportunities close --outcome ="),
              ElementsAre("OPEN", "RENEWED", "CHURNED"));
  EXPECT_THAT(complete("contacts create --roles=CHAMPION,EV"),
              ElementsAre("--roles=CHAMPION,EVALUATOR"));
  EXPECT_THAT(complete("--format=json contacts list --form"), ElementsAre("--format="));
  EXPECT_THAT(complete("--format=j"), ElementsAre("--format=json"));
  EXPECT_THAT(complete("completion z"), ElementsAre("zsh"));
}

TEST_F(RunTest, CompletesNames) {
  v1::ListAccountsResponse accounts;
  accounts.add_accounts()->set_name("accounts/acme");
  Answer<v1::ListAccountsRequest, v1::ListAccountsResponse>("ListAccounts", accounts);
  v1::ListContactsResponse contacts;
  contacts.add_contacts()->set_name("accounts/acme/contacts/joe");
  Answer<v1::ListContactsRequest, v1::ListContactsResponse>("ListContacts", contacts);
  const auto complete = [this](const std::string& word) {
    EXPECT_EQ(Run({"__complete", "--", "contacts", "get", word}), kOk);
    return out_.str();
  };
  EXPECT_EQ(complete(""), "accounts/\n");
  EXPECT_EQ(complete("accounts/a"), "accounts/acme/contacts/\n");
  EXPECT_EQ(LastRequest<v1::ListAccountsRequest>().filter(), "name = \"accounts/a*\"");
  EXPECT_EQ(complete("accounts/acme/"), "accounts/acme/contacts/\n");
  EXPECT_EQ(complete("accounts/acme/contacts/"), "accounts/acme/contacts/joe\n");
  EXPECT_EQ(LastRequest<v1::ListContactsRequest>().parent(), "accounts/acme");
  // A server that does not answer is no error.
  Answer<v1::ListContactsRequest, v1::ListContactsResponse>("ListContacts",
                                                            absl::UnavailableError("down"));
  EXPECT_EQ(complete("accounts/acme/contacts/"), "");
}

}  // namespace
}  // namespace perennial::cli
