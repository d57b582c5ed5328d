#include "client/cli/text_table.h"

#include <sstream>

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

TEST(TextTableTest, CutsTheWidestButNotTheFirstColumn) {
  TextTable table({{"NAME"}, {"NOTE"}, {"STATE"}});
  table.AddRow({"a-name-that-is-rather-long", "äöü and much more than fits", "ACTIVE"});
  EXPECT_EQ(Printed(table, 46),
            "NAME                        NOTE        STATE\n"
            "a-name-that-is-rather-long  äöü and m…  ACTIVE\n");
}

TEST(TextTableTest, KeepsEachRowOnOneLine) {
  TextTable table({{"NOTE"}});
  table.AddRow({"first\nsecond\tthird"});
  EXPECT_EQ(Printed(table, 0, "  "), "  NOTE\n  first second third\n");
}

}  // namespace
}  // namespace perennial::cli
