#include "client/cli/import/suggest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "client/cli/import/file_rows_fixture.h"
#include "client/cli/import/mapping.h"

namespace perennial::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Suggest(const std::string& content, char delimiter = ',',
                    const std::string& name = "t.csv") {
  const CsvTable table = *CsvTable::Parse(name, content, {delimiter, "", false});
  const std::string text = SuggestFile(table, delimiter);
  EXPECT_TRUE(Mapping::Parse("m", text).ok()) << text << Mapping::Parse("m", text).status();
  return text;
}

TEST(SuggestTest, KnowsAccountsByTheirHeaders) {
  const std::string text =
      Suggest("Customer ID;Company Name;Industry;Country;Churned?\n7;ACME;Tools;Germany;no\n", ';');
  EXPECT_THAT(text, HasSubstr("resource: \"Account\""));
  EXPECT_THAT(text, HasSubstr("delimiter: \";\""));
  EXPECT_THAT(text, HasSubstr("name: \"accounts/{Customer ID|id}\""));
  EXPECT_THAT(text, HasSubstr("path: \"display_name\" text: \"{Company Name}\""));
  EXPECT_THAT(text, HasSubstr("path: \"country\" text: \"{Country|country}\""));
  EXPECT_THAT(text, HasSubstr("# not used: Churned?"));
}

TEST(SuggestTest, ReadsDatesNumbersAndCurrencies) {
  const std::string text = Suggest(
      "contract_id,account_id,product,arr,currency,start_date\n"
      "1,7,pro,\"1,200.50\",usd,31.12.2024\n");
  EXPECT_THAT(text, HasSubstr("resource: \"Subscription\""));
  EXPECT_THAT(text, HasSubstr("\"accounts/{account_id|id}/subscriptions/{contract_id|id}\""));
  EXPECT_THAT(text, HasSubstr("text: \"products/{product|id}\""));
  EXPECT_THAT(text, HasSubstr("text: \"{arr|decimal_point}\" currency: \"{currency|upper}\""));
  EXPECT_THAT(text, HasSubstr("text: \"{start_date|date:%d.%m.%Y}\""));
}

TEST(SuggestTest, SaysWhereTheValuesDoNotTell) {
  const char* header = "contract_id,account_id,start_date\n";
  EXPECT_THAT(Suggest(std::string(header) + "1,7,03/04/2024\n"), HasSubstr("# or %d/%m/%Y"));
  const std::string told = Suggest(std::string(header) + "1,7,03/04/2024\n2,7,03/31/2024\n");
  EXPECT_THAT(told, HasSubstr("date:%m/%d/%Y"));
  EXPECT_THAT(told, Not(HasSubstr("# or")));
}

TEST(SuggestTest, SaysWhatItDoesNotKnow) {
  EXPECT_EQ(Suggest("x,y\n1,2\n"), "# t.csv looks like nothing that is known; its columns: x, y\n");
}

TEST(SuggestTest, TheNameOfTheFileCounts) {
  const std::string product = Suggest("Id,Name,Price\nP1,Pro,10\n", ',', "products.csv");
  EXPECT_THAT(product, HasSubstr("resource: \"Product\"\n  name: \"products/{Id|id}\""));
  EXPECT_THAT(product, HasSubstr("path: \"list_price\" text: \"{Price}\" currency: \"USD\""));
  for (const auto& [name, type] :
       std::map<std::string, std::string>{{"companies.csv", "Account"},
                                          {"Customers 2025.csv", "Account"},
                                          {"people.csv", "Contact"},
                                          {"contracts.csv", "Subscription"},
                                          {"Opportunity.csv", "Opportunity"},
                                          {"customer_deals.csv", "Opportunity"},
                                          {"renewals.csv", "Opportunity"},
                                          {"activities.csv", "Touch"},
                                          {"sales-calls.csv", "Touch"},
                                          {"Task.csv", "Touch"},
                                          {"account_events.csv", "AccountEvent"},
                                          {"feedback.csv", "Feedback"}}) {
    EXPECT_THAT(Suggest("Id,AccountId,Name\n1,2,x\n", ',', name),
                HasSubstr("resource: \"" + type + "\""))
        << name;
  }
}

TEST(SuggestTest, SaysWhatAFileIsWhoseNamesItCannotMake) {
  EXPECT_EQ(Suggest("id,text\n1,x\n", ',', "feedback.csv"),
            "# feedback.csv looks like Feedback, but it is not clear which columns make its name; "
            "its columns: id, text\n");
}

TEST(SuggestTest, HeadersThatAreNamesOfFieldsAreUsed) {
  const std::string contact = Suggest(
      "account,contact,stance,do_not_contact,roles,verified_day\n"
      "a,c,CRITIC,yes,CHAMPION;INFLUENCER,-47\n",
      ',', "contacts.csv");
  EXPECT_THAT(contact, HasSubstr("name: \"accounts/{account|id}/contacts/{contact|id}\""));
  EXPECT_THAT(contact, HasSubstr("path: \"stance\" text: \"{stance}\" }\n"));
  EXPECT_THAT(contact, HasSubstr("path: \"do_not_contact\" text: \"{do_not_contact}\""));
  EXPECT_THAT(contact, HasSubstr("path: \"roles\" text: \"{roles}\" split: \";\""));
  EXPECT_THAT(contact, HasSubstr("text: \"{verified_day|days_from_today}\""));
  EXPECT_THAT(contact, Not(HasSubstr("not used")));
  // What the server sets is not offered, nor is what goes with a field that is not there.
  const std::string opportunity =
      Suggest("account,opportunity,stage,weighted_arr,churn_reason,state\na,o,Won,1,PRICE,x\n", ',',
              "opportunities.csv");
  EXPECT_THAT(opportunity, HasSubstr("# not used: weighted_arr, churn_reason, state"));
  EXPECT_THAT(opportunity, HasSubstr("text: \"{stage}\" }  # make the values OUTREACH, "));
}

TEST(SuggestTest, ReferencesAreNames) {
  const std::string text =
      Suggest("account,opportunity,subscription,owner\na,o,s,jo\na,p,,jo\n", ',', "deals.csv");
  EXPECT_THAT(text, HasSubstr("text: \"accounts/{account|id}/subscriptions/{subscription|id}\" "
                              "only_when { text: \"{subscription}\" is_not: \"\" }"));
  const std::string usage = Suggest(
      "account,subscription,product,capability,day,uses\na,s,p,c,2025-01-31,7\n", ',', "usage.csv");
  EXPECT_THAT(usage, HasSubstr("/usageSamples/{capability|id}-{day|id}\""));
  EXPECT_THAT(usage, HasSubstr("text: \"products/{product|id}/capabilities/{capability|id}\""));
}

TEST(SuggestTest, SaysWhereRowsHaveTheSameName) {
  constexpr char kHeader[] = "product,name\np,P\n";
  EXPECT_THAT(Suggest(std::string(kHeader) + "q,Q\n", ',', "products.csv"),
              Not(HasSubstr("merge_rows")));
  EXPECT_THAT(Suggest(std::string(kHeader) + "p,P\n", ',', "products.csv"),
              HasSubstr("merge_rows: true"));
}

using SuggestFolderTest = FileRowsTest;

TEST_F(SuggestFolderTest, AnEmptyFileIsNamedAndPassedOver) {
  Write("accounts.csv", "id,name\n1,A\n");
  Write("contacts.csv", "");
  const absl::StatusOr<std::string> text = SuggestMapping(folder_path_);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_THAT(*text, HasSubstr("resource: \"Account\""));
  EXPECT_THAT(*text, HasSubstr("# Passed over: contacts.csv is empty: it has no header\n"));
  EXPECT_TRUE(Mapping::Parse("m", *text).ok());
}

TEST(SuggestTest, NeedsAFolderWithFiles) {
  EXPECT_TRUE(absl::IsNotFound(SuggestMapping("/nonexistent").status()));
}

}  // namespace
}  // namespace perennial::cli
