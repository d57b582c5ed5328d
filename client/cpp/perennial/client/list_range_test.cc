#include "perennial/client/list_range.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cpp/testing/fake_connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "perennial/client/account_client.h"

namespace perennial::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Pages = std::vector<absl::StatusOr<std::vector<std::string>>>;

// The names that the range over these pages has, and "error" for an error.
std::vector<std::string> Names(const Pages& pages, const v1::ListAccountsRequest& request = {}) {
  const auto connection = std::make_shared<FakeConnection>();
  connection->On<v1::ListAccountsRequest, v1::ListAccountsResponse>(
      "ListAccounts",
      [&](const v1::ListAccountsRequest& asked) -> absl::StatusOr<v1::ListAccountsResponse> {
        EXPECT_EQ(asked.filter(), request.filter());
        const size_t page = asked.page_token().empty() ? 0 : std::stoul(asked.page_token());
        if (!pages[page].ok()) return pages[page].status();
        v1::ListAccountsResponse response;
        for (const std::string& name : *pages[page]) response.add_accounts()->set_name(name);
        if (page + 1 < pages.size()) response.set_next_page_token(absl::StrCat(page + 1));
        return response;
      });
  std::vector<std::string> names;
  // The client may be gone before the range is.
  for (absl::StatusOr<v1::Account>& account : AccountClient(connection).ListAccounts(request)) {
    names.push_back(account.ok() ? account->name() : "error");
  }
  return names;
}

TEST(ListRangeTest, GoesThroughAllPages) {
  v1::ListAccountsRequest request;
  request.set_filter("segment = \"enterprise\"");
  EXPECT_THAT(Names({{{"a", "b"}}, {{"c"}}}, request), ElementsAre("a", "b", "c"));
}

TEST(ListRangeTest, IsEmptyWhereNothingIsFound) {
  EXPECT_THAT(Names({std::vector<std::string>()}), IsEmpty());
}

TEST(ListRangeTest, GoesOnAfterAnEmptyPage) {
  EXPECT_THAT(Names({{{"a"}}, std::vector<std::string>(), {{"b"}}}), ElementsAre("a", "b"));
}

TEST(ListRangeTest, StopsAfterAnError) {
  EXPECT_THAT(Names({{{"a"}}, absl::InternalError("broken"), {{"b"}}}), ElementsAre("a", "error"));
  EXPECT_THAT(Names({absl::InternalError("broken")}), ElementsAre("error"));
}

TEST(ListRangeTest, StartsAtThePageThatIsAskedFor) {
  v1::ListAccountsRequest request;
  request.set_page_token("1");
  EXPECT_THAT(Names({{{"a"}}, {{"b"}}}, request), ElementsAre("b"));
}

}  // namespace
}  // namespace perennial::client
