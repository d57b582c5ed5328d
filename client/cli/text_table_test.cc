#include "client/cli/text_table.h"

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace perennial::cli {
namespace {

std::string Printed(const TextTable& table, size_t width, absl::string_view indent = "") {
  std::ostringstream out;
  table.Print(out, width, indent);
  return out.str();
}

TEST(TextTableTest, AlignsColumns) {
  TextTable table({{"NAME"}, {"ARR", true}, {"OWNER"}});
  table.AddRow({"accounts/acme", "USD 1,200.50", "jané"});
  table.AddRow({"accounts/b", "USD 7.00", ""});
  EXPECT_EQ(Printed(table, 0),
            "NAME                    ARR  OWNER\n"
            "accounts/acme  USD 1,200.50  jané\n"
            "accounts/b         USD 7.00\n");
}

TEST(TextTableTest, CutsTheWidestText) {
  TextTable table({{"NAME"}, {"ARR", true}, {"NOTE"}, {"STATE"}});
  table.AddRow({"a-name-that-is-rather-long", "USD 1,200,000.50", "äöü and much more", "ACTIVE"});
  EXPECT_EQ(Printed(table, 64),
            "NAME                                     ARR  NOTE        STATE\n"
            "a-name-that-is-rather-long  USD 1,200,000.50  äöü and m…  ACTIVE\n");
}

TEST(TextTableTest, LeavesOutTheLastColumnsWhereItIsToldToAndCuttingIsNotEnough) {
  TextTable table({{"NAME"}, {"ARR", true}, {"NOTE"}, {"STATE"}}, TextTable::Overflow::kLeaveOut);
  table.AddRow({"a-name-that-is-rather-long", "USD 1,200,000.50", "äöü and much more", "ACTIVE"});
  std::ostringstream out;
  EXPECT_THAT(table.Print(out, 60), testing::ElementsAre("STATE"));
  EXPECT_EQ(out.str(),
            "NAME                                     ARR  NOTE\n"
            "a-name-that-is-rather-long  USD 1,200,000.50  äöü and much …\n");
  EXPECT_THAT(table.Print(out, 20), testing::ElementsAre("ARR", "NOTE", "STATE"));
  EXPECT_THAT(table.Print(out, 0), testing::IsEmpty());
}

TEST(TextTableTest, ShortensNamesAtTheFrontBeforeItLeavesOutColumns) {
  TextTable table({{"NAME", false, true}, {"ARR", true}, {"ACCOUNT", false, true}, {"STATE"}},
                  TextTable::Overflow::kLeaveOut);
  table.AddRow({"accounts/acme/opportunities/2025", "USD 7.00", "accounts/acme-corp", "ACTIVE"});
  table.AddRow({"accounts/株式会社/offers/1", "USD 8.00", "accounts/b", "LEFT"});
  std::ostringstream out;
  EXPECT_THAT(table.Print(out, 60), testing::IsEmpty());
  EXPECT_EQ(out.str(),
            "NAME                         ARR  ACCOUNT             STATE\n"
            "…me/opportunities/2025  USD 7.00  accounts/acme-corp  ACTIVE\n"
            "…nts/株式会社/offers/1  USD 8.00  accounts/b          LEFT\n");
  EXPECT_THAT(table.Print(out, 55), testing::ElementsAre("STATE"));
  EXPECT_THAT(table.Print(out, 20), testing::ElementsAre("ARR", "ACCOUNT", "STATE"));
}

TEST(TextTableTest, GivesWideAndCombiningCharactersTheirRoom) {
  TextTable table({{"NAME"}, {"NOTE"}, {"STATE"}});
  table.AddRow({"株式会社", "株式会社ペレニアル", "ACTIVE"});
  table.AddRow({"zoe\u0308", "plain", "LEFT"});
  EXPECT_EQ(Printed(table, 28),
            "NAME      NOTE        STATE\n"
            "株式会社  株式会社…   ACTIVE\n"
            "zoe\u0308       plain       LEFT\n");
}

TEST(TextTableTest, WrapsWhereItIsToldTo) {
  TextTable table({{"NAME"}, {"ARR", true}, {"NOTE"}}, TextTable::Overflow::kWrap);
  table.AddRow({"a", "USD 1.00", "äöü and much more, awordthatdoesnotfit"});
  table.AddRow({"b", "USD 2.00", "fits"});
  EXPECT_EQ(Printed(table, 25),
            "NAME       ARR  NOTE\n"
            "a     USD 1.00  äöü and\n"
            "                much more,\n"
            "                awordthatd\n"
            "                oesnotfit\n"
            "b     USD 2.00  fits\n");
}

TEST(TextTableTest, KeepsEachRowOnOneLine) {
  TextTable table({{"NOTE"}});
  table.AddRow({"first\nsecond\tthird"});
  EXPECT_EQ(Printed(table, 0, "  "), "  NOTE\n  first second third\n");
}

}  // namespace
}  // namespace perennial::cli
