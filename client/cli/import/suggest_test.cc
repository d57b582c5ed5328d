#include "client/cli/import/suggest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/import/mapping.h"

namespace perennial::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Suggest(const std::string& content, char delimiter = ',') {
  const CsvTable table = *CsvTable::Parse("t.csv", content, {delimiter, "", false});
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

TEST(SuggestTest, NeedsAFolderWithFiles) {
  EXPECT_TRUE(absl::IsNotFound(SuggestMapping("/nonexistent").status()));
}

}  // namespace
}  // namespace perennial::cli
