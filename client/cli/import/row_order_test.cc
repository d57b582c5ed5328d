#include "client/cli/import/row_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace perennial::cli {
namespace {

using testing::ElementsAre;

v1::ImportRow Account(const std::string& id, const std::string& parent = "") {
  v1::ImportRow row;
  row.mutable_resource()->mutable_account()->set_name("accounts/" + id);
  if (!parent.empty()) {
    row.mutable_resource()->mutable_account()->set_parent_account("accounts/" + parent);
  }
  return row;
}

std::vector<std::string> Sorted(std::vector<v1::ImportRow> rows) {
  std::vector<std::string> ids;
  for (const v1::ImportRow& row : BehindWhatTheyReferTo(std::move(rows))) {
    ids.push_back(row.resource().account().name().substr(9));
  }
  return ids;
}

TEST(RowOrderTest, ParentsComeFirstAndTheOthersStay) {
  EXPECT_THAT(Sorted({Account("z"), Account("c", "b"), Account("b", "a"), Account("a"),
                      Account("d", "elsewhere"), Account("e", "b")}),
              ElementsAre("z", "a", "b", "c", "d", "e"));
}

TEST(RowOrderTest, EveryRowOfACircleIsThereOnce) {
  EXPECT_EQ(
      Sorted({Account("a", "b"), Account("b", "c"), Account("c", "a"), Account("d", "d")}).size(),
      4u);
}

}  // namespace
}  // namespace perennial::cli
